#include "oauth/api_access.h"

#include <algorithm>

namespace cardea::oauth {
namespace {

using identity::TenantSnapshot;

base::Result<std::string, Refusal> only_api_of(std::string_view asked, std::string_view issuer) {
  if (asked.size() > 1024) return refuse(RefusalCode::invalid_request, "Invalid audience");
  const std::string userinfo = std::string(issuer) + "userinfo";
  std::string api;
  for (std::size_t at = 0; at <= asked.size();) {
    const auto end = std::min(asked.find(' ', at), asked.size());
    const auto name = asked.substr(at, end - at);
    at = end + 1;
    if (name.empty() || name == userinfo || name == api) continue;
    if (!api.empty()) return refuse(RefusalCode::access_denied, "Service not found: " + std::string(asked));
    api = name;
  }
  return api;
}

// nullptr when no API was asked for and the tenant has no default one.
base::Result<const model::ResourceServer*, Refusal> api_of(const TenantSnapshot& tenant, std::string_view issuer,
                                                           const ApiRequest& request) {
  auto name = only_api_of(request.audience, issuer);
  if (!name) return base::pass_on(name);
  if (request.audience.empty() && !request.bound) *name = tenant.tenant.default_audience;
  if (name->empty()) return nullptr;
  const auto* api = tenant.resource_server(*name);
  if (!api) return refuse(RefusalCode::access_denied, "Service not found: " + *name);
  return api;
}

std::unexpected<Refusal> not_authorized(const model::ResourceServer& api) {
  return refuse(RefusalCode::access_denied, "Client is not authorized to access \"" + api.identifier +
                                                "\". You need to create a \"client-grant\" associated to this API.");
}

Scopes all_scopes(const model::ResourceServer& api) {
  Scopes scopes;
  for (const auto& scope : api.scopes) scopes.push_back(scope.value);
  return scopes;
}

Scopes scopes_of_grant(const model::ResourceServer& api, const model::ClientGrant& grant) {
  return grant.allow_all_scopes ? all_scopes(api) : grant.scope;
}

}  // namespace

base::Result<ApiAccess, Refusal> access_of_user(const TenantSnapshot& tenant, std::string_view issuer,
                                                const model::Client& client, const ApiRequest& request) {
  const auto api = api_of(tenant, issuer, request);
  if (!api) return base::pass_on(api);
  ApiAccess access{*api, {}};

  Scopes allowed;
  if (const auto* server = access.api) {
    if (server->user_access_denied) return not_authorized(*server);
    const auto* grant = tenant.grant(client.client_id, server->identifier, "user");
    if (server->user_access_needs_grant && !grant) return not_authorized(*server);
    allowed = server->user_access_needs_grant ? scopes_of_grant(*server, *grant) : all_scopes(*server);
  }
  const auto asked = request.scopes.value_or(Scopes{});
  bool names_api_scope = false;
  for (const auto& scope : asked) {
    const bool of_api = has_scope(allowed, scope);
    names_api_scope |= of_api;
    if (of_api || is_identity_scope(scope)) access.scopes.push_back(scope);
  }
  if (request.every_api_scope_by_default && !names_api_scope)
    access.scopes.insert(access.scopes.end(), allowed.begin(), allowed.end());
  return access;
}

base::Result<ApiAccess, Refusal> access_of_client(const TenantSnapshot& tenant, const model::Client& client,
                                                  const ApiRequest& request) {
  const auto api = api_of(tenant, {}, request);
  if (!api) return base::pass_on(api);
  if (!*api)
    return refuse(RefusalCode::access_denied,
                  "No audience parameter was provided, and no default audience has been configured");
  const auto* grant = tenant.grant(client.client_id, (*api)->identifier, "client");
  if (!grant || (*api)->client_access_denied) return not_authorized(**api);
  const auto granted = scopes_of_grant(**api, *grant);
  if (!request.scopes || request.scopes->empty()) return ApiAccess{*api, granted};
  return ApiAccess{*api, intersect(*request.scopes, granted)};
}

void narrow_to_permissions(ApiAccess& access, const std::vector<std::string>& permissions) {
  if (!access.api || !access.api->enforce_policies) return;
  std::erase_if(access.scopes, [&](const auto& scope) {
    return !is_identity_scope(scope) && std::ranges::find(permissions, scope) == permissions.end();
  });
}

bool offline_access_allowed(const ApiAccess& access, const model::Client& client) {
  return has_scope(access.scopes, "offline_access") && client.allows_grant("refresh_token") &&
         (!access.api || access.api->allow_offline_access);
}

}  // namespace cardea::oauth
