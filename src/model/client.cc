#include "model/client.h"

#include <algorithm>
#include <array>

namespace cardea::model {
namespace {

using base::json::object;

constexpr std::int64_t kMaxRefreshLifetime = 157'788'000;  // seconds; the Management API's own limit
constexpr std::int64_t kMaxIdTokenLifetime = 2'592'000;

constexpr std::array<std::string_view, 5> kIdTokenAlgorithms{"RS256", "RS512", "PS256", "ES256", "HS256"};
constexpr std::array<std::string_view, 9> kLogoutInitiators{
    "rp-logout",       "idp-logout",          "password-changed",         "session-expired",     "session-revoked",
    "account-deleted", "account-deactivated", "email-identifier-changed", "mfa-phone-unenrolled"};

// `fallback` also when the number is out of range.
std::chrono::seconds seconds_or(const object& from, std::string_view name, std::int64_t fallback, std::int64_t low,
                                std::int64_t high) {
  const auto value = base::get_int_or(from, name, fallback);
  return std::chrono::seconds{value < low || value > high ? fallback : value};
}

ClientAuthentication authentication_of(const object& document, std::string_view app_type) {
  // A kind that we do not know must not open the door to the secret or to nobody at all.
  if (const auto* methods = base::get_object(document, "client_authentication_methods"); methods && !methods->empty())
    return ClientAuthentication::private_key_jwt;
  if (const auto method = base::get_string(document, "token_endpoint_auth_method")) {
    if (*method == "private_key_jwt") return ClientAuthentication::private_key_jwt;
    return *method == "none" ? ClientAuthentication::none : ClientAuthentication::secret;
  }
  return app_type == "spa" || app_type == "native" ? ClientAuthentication::none : ClientAuthentication::secret;
}

std::vector<object> jwks_of(const object& document) {
  std::vector<object> keys;
  const auto* methods = base::get_object(document, "client_authentication_methods");
  const auto* jwt = methods ? base::get_object(*methods, "private_key_jwt") : nullptr;
  const auto* credentials = jwt ? jwt->if_contains("credentials") : nullptr;
  if (!credentials || !credentials->is_array()) return keys;
  for (const auto& item : credentials->get_array()) {
    const auto* credential = item.if_object();
    if (!credential) continue;
    const auto* jwk = base::get_object(*credential, "jwk");
    object key = jwk ? *jwk : object{};
    for (const auto* name : {"pem", "kid", "alg", "expires_at"})
      if (const auto value = base::get_string(*credential, name); value && !key.contains(name)) key[name] = *value;
    if (jwk || key.contains("pem")) keys.push_back(std::move(key));
  }
  return keys;
}

std::vector<std::string> grant_types_of(const object& document, ClientAuthentication authentication) {
  const auto* given = document.if_contains("grant_types");
  if (given && given->is_array()) return base::get_strings(document, "grant_types");
  std::vector<std::string> defaults{"authorization_code", "implicit", "refresh_token"};
  if (authentication != ClientAuthentication::none) defaults.emplace_back("client_credentials");
  return defaults;
}

RefreshPolicy refresh_policy_of(const object& document) {
  RefreshPolicy policy;
  const auto* given = base::get_object(document, "refresh_token");
  if (!given) return policy;
  if (base::get_string_or(*given, "rotation_type") == "rotating") policy.rotation = RotationType::rotating;
  // A rotating token always expires; lifetimes mean nothing otherwise.
  policy.expiring =
      policy.rotation == RotationType::rotating || base::get_string_or(*given, "expiration_type") == "expiring";
  policy.leeway = seconds_or(*given, "leeway", 0, 0, kMaxRefreshLifetime);
  policy.lifetime = seconds_or(*given, "token_lifetime", policy.lifetime.count(), 1, kMaxRefreshLifetime);
  policy.idle_lifetime =
      seconds_or(*given, "idle_token_lifetime", policy.idle_lifetime.count(), 1, kMaxRefreshLifetime);
  policy.infinite_lifetime = !policy.expiring || base::get_bool_or(*given, "infinite_token_lifetime", false);
  policy.infinite_idle_lifetime = !policy.expiring || base::get_bool_or(*given, "infinite_idle_token_lifetime", false);
  return policy;
}

void read_id_token_settings(const object& document, Client& client) {
  const auto* given = base::get_object(document, "jwt_configuration");
  if (!given) return;
  client.id_token_lifetime =
      seconds_or(*given, "lifetime_in_seconds", client.id_token_lifetime.count(), 1, kMaxIdTokenLifetime);
  const auto alg = base::get_string_or(*given, "alg");
  if (std::ranges::find(kIdTokenAlgorithms, alg) != kIdTokenAlgorithms.end()) client.id_token_alg = alg;
}

void read_backchannel_logout(const object& document, Client& client) {
  const auto* given = base::get_object(document, "oidc_logout");
  if (!given) given = base::get_object(document, "oidc_backchannel_logout");
  if (given) client.backchannel_logout_urls = base::get_strings(*given, "backchannel_logout_urls");

  const auto* initiators = given ? base::get_object(*given, "backchannel_logout_initiators") : nullptr;
  auto& chosen = client.backchannel_logout_initiators;
  if (initiators && base::get_string_or(*initiators, "mode") == "all") {
    chosen.assign(kLogoutInitiators.begin(), kLogoutInitiators.end());
    return;
  }
  chosen = {"rp-logout", "idp-logout"};
  if (!initiators) return;
  for (auto& name : base::get_strings(*initiators, "selected_initiators"))
    if (std::ranges::find(chosen, name) == chosen.end()) chosen.push_back(std::move(name));
}

}  // namespace

bool Client::allows_grant(std::string_view grant_type) const {
  return std::ranges::find(grant_types, grant_type) != grant_types.end();
}

Client client_from_document(std::string row_id, const object& document) {
  Client client;
  client.row_id = std::move(row_id);
  client.client_id = ClientId{base::get_string_or(document, "client_id")};
  client.name = base::get_string_or(document, "name");
  client.app_type = base::get_string_or(document, "app_type");
  client.logo_uri = base::get_string_or(document, "logo_uri");
  client.authentication = authentication_of(document, client.app_type);
  if (client.authentication != ClientAuthentication::none)
    client.client_secret = base::get_string_or(document, "client_secret");
  client.public_jwks = jwks_of(document);
  client.callbacks = base::get_strings(document, "callbacks");
  client.allowed_logout_urls = base::get_strings(document, "allowed_logout_urls");
  client.allowed_origins = base::get_strings(document, "allowed_origins");
  client.web_origins = base::get_strings(document, "web_origins");
  client.grant_types = grant_types_of(document, client.authentication);
  client.initiate_login_uri = base::get_string_or(document, "initiate_login_uri");
  client.is_first_party = base::get_bool_or(document, "is_first_party", true);
  client.is_global = base::get_bool_or(document, "is_global", base::get_bool_or(document, "global", false));
  client.oidc_conformant = base::get_bool_or(document, "oidc_conformant", false);
  client.sso_disabled = base::get_bool_or(document, "sso_disabled", false);
  client.is_token_endpoint_ip_header_trusted =
      base::get_bool_or(document, "is_token_endpoint_ip_header_trusted", false);
  client.refresh = refresh_policy_of(document);
  read_id_token_settings(document, client);
  read_backchannel_logout(document, client);
  client.document = document;
  client.document.erase("client_secret");
  return client;
}

}  // namespace cardea::model
