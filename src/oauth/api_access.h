#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "identity/tenant_snapshot.h"
#include "oauth/refusal.h"
#include "oauth/scopes.h"

namespace cardea::oauth {

// What a token may be used for. `api` points into the tenant's snapshot.
struct ApiAccess {
  const model::ResourceServer* api = nullptr;  // nullptr: nothing but /userinfo
  Scopes scopes;

  std::string audience() const { return api ? api->identifier : std::string(); }
};

// What was asked for, before anything was looked up.
struct ApiRequest {
  std::string audience;          // as sent: the tenant's own /userinfo may stand beside an API; "" = tenant's default
  std::optional<Scopes> scopes;  // nullopt: none named
  bool bound = false;            // an audience of "" means none: decided when the code or token was given out
  bool every_api_scope_by_default = false;  // naming no scope of the API asks for all of them (password grants)
};

// On behalf of a user: scopes = asked for ∩ (the API's and the identity scopes). access_denied: no such API, or its
// policy keeps this client's users out. RBAC comes later, when the user is known: narrow_to_permissions().
base::Result<ApiAccess, Refusal> access_of_user(const identity::TenantSnapshot& tenant, std::string_view issuer,
                                                const model::Client& client, const ApiRequest& request);

// On the client's own behalf: scopes = those of the client grant, narrowed to what was asked for. access_denied: no
// such API, or no client grant.
base::Result<ApiAccess, Refusal> access_of_client(const identity::TenantSnapshot& tenant, const model::Client& client,
                                                  const ApiRequest& request);

// With RBAC on, a user has only those of the API's scopes that were given to them.
void narrow_to_permissions(ApiAccess& access, const std::vector<std::string>& permissions);

// A refresh token may be given: asked for, the client is allowed to have one, the API agrees (reference §4.1).
bool offline_access_allowed(const ApiAccess& access, const model::Client& client);

}  // namespace cardea::oauth
