#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "identity/tenant_snapshot.h"

namespace cardea::oauth {

// An ID token of ours that comes back as id_token_hint (OpenID Connect Core §3.1.2.1, RP-Initiated Logout 1.0 §2).
struct IdTokenHint {
  model::ClientId client;
  model::UserId user;
  model::SessionId session;  // "" = the token had no sid
};

// Checks signature and issuer; an expired token is as good as any. denied or invalid: not one of this tenant.
base::Result<IdTokenHint> read_id_token_hint(const identity::TenantSnapshot& tenant, std::string_view issuer,
                                             std::string_view token);

}  // namespace cardea::oauth
