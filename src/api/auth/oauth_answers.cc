#include "api/auth/oauth_answers.h"

namespace cardea::api {
namespace {

constexpr std::string_view kRetryAfterSeconds = "2";

bool used_basic(const http::Request& request) {
  const auto header = request.header("authorization");
  return header && http::equal_ignoring_case(header->substr(0, 5), "basic");
}

}  // namespace

int status_of(oauth::RefusalCode code) {
  switch (code) {
    case oauth::RefusalCode::invalid_request:
    case oauth::RefusalCode::invalid_scope:
    case oauth::RefusalCode::unsupported_grant_type:
    case oauth::RefusalCode::unsupported_response_type:
      return 400;
    case oauth::RefusalCode::invalid_client:
    case oauth::RefusalCode::invalid_token:
      return 401;
    case oauth::RefusalCode::invalid_grant:
    case oauth::RefusalCode::unauthorized_client:
    case oauth::RefusalCode::access_denied:
    case oauth::RefusalCode::unauthorized:
    case oauth::RefusalCode::login_required:
    case oauth::RefusalCode::consent_required:
    case oauth::RefusalCode::interaction_required:
    case oauth::RefusalCode::account_selection_required:
      return 403;
    case oauth::RefusalCode::too_many_attempts:
      return 429;
    case oauth::RefusalCode::temporarily_unavailable:
      return 503;
    case oauth::RefusalCode::server_error:
      return 500;
  }
  return 500;
}

http::Response oauth_error(int status, std::string_view error, std::string_view description) {
  auto response =
      http::Response::json(status, base::json::object{{"error", error}, {"error_description", description}});
  response.cache("no-store").header("Pragma", "no-cache");
  return response;
}

http::Response oauth_error(const http::Request& request, const oauth::Refusal& refusal) {
  const int status = status_of(refusal.code);
  auto response = oauth_error(status, to_string(refusal.code), refusal.description);
  if (status == 401 && used_basic(request)) response.header("WWW-Authenticate", "Basic realm=\"Clients\"");
  if (status == 503) response.header("Retry-After", kRetryAfterSeconds);
  return response;
}

http::Response no_context(const base::Error& error) {
  if (error.code == base::Errc::not_found) return oauth_error(404, "not_found", "Unknown host");
  auto response =
      oauth_error(503, "temporarily_unavailable", "The service is temporarily unavailable, please try again.");
  response.header("Retry-After", kRetryAfterSeconds);
  return response;
}

http::Response uncached_json(std::string text) {
  auto response = http::Response::json_text(200, std::move(text));
  response.cache("no-store").header("Pragma", "no-cache");
  return response;
}

}  // namespace cardea::api
