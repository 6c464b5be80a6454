#include "oauth/password_grant.h"

namespace cardea::oauth {
namespace {

constexpr std::size_t kMaxPassword = 1024;
constexpr std::size_t kMaxUsername = 320;

std::unexpected<Refusal> missing(std::string_view name) {
  return refuse(RefusalCode::invalid_request, "Missing required parameter: " + std::string(name));
}

// Only our own databases know passwords, and only clients for which the connection is on may try them.
const model::Connection* usable(const model::Connection* connection, const model::Client& client) {
  return connection && connection->strategy == "auth0" && connection->enabled_for(client.client_id) ? connection
                                                                                                    : nullptr;
}

Refusal refusal_for(identity::LoginRefusal why) {
  switch (why) {
    case identity::LoginRefusal::wrong_credentials:
      return {RefusalCode::invalid_grant, "Wrong email or password."};
    case identity::LoginRefusal::blocked:
      return {RefusalCode::unauthorized, "user is blocked"};
    case identity::LoginRefusal::too_many_attempts:
      return {RefusalCode::too_many_attempts,
              "Your account has been blocked after multiple consecutive login attempts. We've sent you an email with "
              "instructions on how to unblock it."};
    case identity::LoginRefusal::overloaded:
    case identity::LoginRefusal::unavailable:
      break;
  }
  return {RefusalCode::temporarily_unavailable, "The service is temporarily unavailable, please try again."};
}

}  // namespace

PasswordGrant::PasswordGrant(std::string_view type, identity::PasswordLogin& logins, store::Users& users,
                             const base::Clock& clock)
    : type_(type), logins_(logins), users_(users), clock_(clock) {}

bool PasswordGrant::allowed_for(const model::Client& client) const {
  return client.allows_grant(type_) || client.allows_grant(kPassword);
}

base::Result<Entitlement, Refusal> PasswordGrant::examine(const TokenRequest& request) {
  const auto& parameters = request.parameters;
  if (!parameters.has("username")) return missing("username");
  if (!parameters.has("password")) return missing("password");
  if (type_ == kPasswordRealm && !parameters.has("realm")) return missing("realm");
  if (parameters.get("username").size() > kMaxUsername || parameters.get("password").size() > kMaxPassword)
    return std::unexpected(refusal_for(identity::LoginRefusal::wrong_credentials));
  const auto scopes = parse_scopes(parameters.get("scope"));
  if (!scopes) return refuse(RefusalCode::invalid_scope, "Invalid scope");

  const auto& tenant = *request.context.tenant;
  const std::string_view realm =
      type_ == kPasswordRealm ? parameters.get("realm") : std::string_view(tenant.tenant.default_directory);
  if (realm.empty())
    return refuse(RefusalCode::access_denied, "Authorization server not configured with default connection.");
  const auto* connection = usable(tenant.realm(realm), request.client);
  if (!connection) return refuse(RefusalCode::invalid_request, "unknown or disabled connection");

  Entitlement entitlement;
  entitlement.asked = {.audience = std::string(parameters.get(parameters.has("audience") ? "audience" : "resource")),
                       .scopes = *scopes,
                       .every_api_scope_by_default = true};
  entitlement.connection = connection->name;
  entitlement.gty = "password";
  return entitlement;
}

base::awaitable<base::Result<void, Refusal>> PasswordGrant::authenticate(const TokenRequest& request,
                                                                         Entitlement& entitlement) {
  const auto& connection = *request.context.tenant->connection(entitlement.connection);
  auto user = co_await logins_.check(request.context, request.client, connection,
                                     std::string(request.parameters.get("username")),
                                     std::string(request.parameters.get("password")));
  if (!user) co_return std::unexpected(refusal_for(user.error()));
  entitlement.loaded = std::move(*user);
  entitlement.auth_time = clock_.now();
  co_return base::Result<void, Refusal>{};
}

base::Result<Recorded> PasswordGrant::record_in(store::Transaction& transaction, const TokenRequest& request,
                                                const Entitlement& entitlement, const model::RefreshFamily*) {
  if (auto counted = users_.record_login_in(transaction, request.tenant(), entitlement.loaded->key, request.context.ip);
      !counted)
    return base::pass_on(counted);
  return Recorded{};
}

}  // namespace cardea::oauth
