#include "model/resource_server.h"

#include <algorithm>
#include <array>

namespace cardea::model {
namespace {

using base::json::object;

constexpr std::int64_t kMaxTokenLifetime = 2'592'000;  // seconds
constexpr std::array<std::string_view, 5> kSigningAlgorithms{"HS256", "RS256", "RS512", "PS256", "ES256"};

std::vector<ApiScope> scopes_of(const object& document) {
  std::vector<ApiScope> scopes;
  const auto* given = document.if_contains("scopes");
  if (!given || !given->is_array()) return scopes;
  for (const auto& item : given->get_array()) {
    const auto* scope = item.if_object();
    if (!scope) continue;
    auto value = base::get_string_or(*scope, "value");
    if (!value.empty()) scopes.push_back({std::move(value), base::get_string_or(*scope, "description")});
  }
  return scopes;
}

TokenDialect dialect_of(const object& document) {
  const auto name = base::get_string_or(document, "token_dialect");
  if (name == "access_token_authz") return TokenDialect::access_token_authz;
  if (name == "rfc9068_profile") return TokenDialect::rfc9068_profile;
  if (name == "rfc9068_profile_authz") return TokenDialect::rfc9068_profile_authz;
  return TokenDialect::access_token;
}

std::string policy_of(const object& document, std::string_view subject) {
  const auto* all = base::get_object(document, "subject_type_authorization");
  const auto* one = all ? base::get_object(*all, subject) : nullptr;
  return one ? base::get_string_or(*one, "policy") : "";
}

}  // namespace

bool ResourceServer::has_scope(std::string_view value) const {
  return std::ranges::any_of(scopes, [&](const ApiScope& scope) { return scope.value == value; });
}

ResourceServer resource_server_from_document(std::string row_id, const object& document) {
  ResourceServer api;
  api.row_id = std::move(row_id);
  api.id = base::get_string_or(document, "id");
  api.identifier = base::get_string_or(document, "identifier");
  api.name = base::get_string_or(document, "name");
  api.scopes = scopes_of(document);
  const auto alg = base::get_string_or(document, "signing_alg");
  if (std::ranges::find(kSigningAlgorithms, alg) != kSigningAlgorithms.end()) api.signing_alg = alg;
  api.signing_secret = base::get_string_or(document, "signing_secret");
  const auto lifetime = base::get_int_or(document, "token_lifetime", -1);
  if (lifetime >= 0 && lifetime <= kMaxTokenLifetime) api.token_lifetime = std::chrono::seconds{lifetime};
  api.allow_offline_access = base::get_bool_or(document, "allow_offline_access", false);
  api.skip_consent_for_verifiable_first_party_clients =
      base::get_bool_or(document, "skip_consent_for_verifiable_first_party_clients", false);
  api.enforce_policies = base::get_bool_or(document, "enforce_policies", false);
  api.dialect = dialect_of(document);
  api.is_system = base::get_bool_or(document, "is_system", false);
  const auto user_policy = policy_of(document, "user");
  api.user_access_denied = user_policy == "deny_all";
  api.user_access_needs_grant = user_policy == "require_client_grant";
  api.client_access_denied = policy_of(document, "client") == "deny_all";
  api.document = document;
  api.document.erase("signing_secret");
  return api;
}

ClientGrant client_grant_from_document(std::string row_id, const object& document) {
  ClientGrant grant;
  grant.row_id = std::move(row_id);
  grant.id = base::get_string_or(document, "id");
  grant.client_id = ClientId{base::get_string_or(document, "client_id")};
  grant.audience = base::get_string_or(document, "audience");
  grant.scope = base::get_strings(document, "scope");
  grant.subject_type = base::get_string_or(document, "subject_type", "client");
  grant.allow_all_scopes = base::get_bool_or(document, "allow_all_scopes", false);
  grant.document = document;
  return grant;
}

}  // namespace cardea::model
