#include "api/manage/management_error.h"

#include <fmt/format.h>

namespace cardea::api {

http::Response ManagementError::to_response() const {
  base::json::object body{{"statusCode", status}, {"error", http::reason_phrase(status)}, {"message", message}};
  if (!code.empty()) body["errorCode"] = code;
  auto response = http::Response::json(status, body);
  if (status == 401) response.header("WWW-Authenticate", "Bearer realm=\"Management API\"");
  if (status == 503) response.header("Retry-After", "2");
  return response;
}

ManagementError invalid_body(std::string message) { return {400, std::move(message), "invalid_body"}; }

ManagementError invalid_query(std::string_view name, std::string_view what) {
  return {400, fmt::format("Query validation error: '{}' on property {}.", what, name), "invalid_query_string"};
}

ManagementError from_store(const base::Error& error) {
  switch (error.code) {
    case base::Errc::not_found:
      return {404, "Not found.", ""};
    case base::Errc::already_exists:
      return {409, "An object with this name already exists.", "conflict"};
    case base::Errc::conflict:
      return {409, "The object was changed by somebody else. Try again.", "conflict"};
    case base::Errc::invalid:
      return invalid_body("Payload validation error: '" + error.reason + "'.");
    case base::Errc::denied:
      return {403, "Not allowed.", "operation_not_supported"};
    case base::Errc::read_only:
      return {403, "This region is in read-only mode.", "read_only_mode"};
    case base::Errc::unconfirmed:
      return {503, "Written, but not yet confirmed by another region.", "replication_unconfirmed"};
    case base::Errc::unavailable:
      return {503, "The database is not available. Try again.", ""};
  }
  return {500, "Internal error.", ""};
}

}  // namespace cardea::api
