#include "oauth/client_credentials_grant.h"

#include "oauth/client_authentication.h"

namespace cardea::oauth {

bool ClientCredentialsGrant::allowed_for(const model::Client& client) const {
  return is_confidential(client) && client.allows_grant(type());
}

base::Result<Entitlement, Refusal> ClientCredentialsGrant::examine(const TokenRequest& request) {
  auto scopes = parse_scopes(request.parameters.get("scope"));
  if (!scopes) return refuse(RefusalCode::invalid_scope, "Invalid scope");
  Entitlement entitlement;
  entitlement.for_user = false;
  entitlement.asked.audience = request.parameters.get(request.parameters.has("audience") ? "audience" : "resource");
  entitlement.asked.scopes = std::move(*scopes);
  entitlement.gty = "client-credentials";
  return entitlement;
}

}  // namespace cardea::oauth
