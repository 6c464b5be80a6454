#include "api/auth/database_connection.h"

#include "api/auth/oauth_answers.h"

namespace cardea::api {
namespace {

std::unexpected<http::Response> bad_request(std::string_view description) {
  return std::unexpected(oauth_error(400, "invalid_request", description));
}

}  // namespace

base::Result<DatabaseCall, http::Response> find_database(const identity::TenantSnapshot& tenant,
                                                         const base::json::object& body) {
  const auto client_id = base::get_string_or(body, "client_id");
  const auto name = base::get_string_or(body, "connection");
  if (client_id.empty()) return bad_request("client_id is required");
  if (name.empty()) return bad_request("connection is required");
  DatabaseCall call{tenant.client(client_id), tenant.realm(name)};
  if (!call.client || call.client->is_global) return bad_request("Unknown client");
  if (!call.connection || call.connection->strategy != "auth0" || !call.connection->enabled_for(call.client->client_id))
    return bad_request("Unknown or disabled connection");
  return call;
}

}  // namespace cardea::api
