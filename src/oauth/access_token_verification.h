#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "identity/request_context.h"
#include "oauth/refusal.h"
#include "oauth/scopes.h"
#include "store/artifact.h"

namespace cardea::oauth {

// What a valid access token of this tenant says.
struct AccessClaims {
  std::string subject;  // user_id, or "<client_id>@clients"
  std::string client_id;
  std::vector<std::string> audience;  // of an opaque token: /userinfo alone
  Scopes scopes;
  base::Time issued_at, expires_at;
  base::json::object all;
};

// Verifies access tokens each time anew; nothing is remembered. Safe from any thread.
class AccessTokenVerification {
 public:
  // Both must outlive it.
  AccessTokenVerification(const store::Artifacts& artifacts, const base::Clock& clock);

  // For our own resources: `audience` is "<issuer>userinfo" or "<issuer>api/v2/". invalid_token: not a token of this
  // tenant and issuer, expired, or not for this audience. HS256 counts for the API whose secret it is, for nothing
  // else.
  base::Result<AccessClaims, Refusal> verify(const identity::RequestContext& context, std::string_view token,
                                             std::string_view audience) const;
  // For introspection: any of the tenant's APIs. An ID token is not an access token.
  base::Result<AccessClaims, Refusal> verify_any(const identity::RequestContext& context, std::string_view token) const;

 private:
  base::Result<AccessClaims, Refusal> verify_opaque(const identity::RequestContext& context,
                                                    std::string_view token) const;
  base::Result<AccessClaims, Refusal> verify_jwt(const identity::RequestContext& context, std::string_view token) const;

  const store::Artifacts& artifacts_;
  const base::Clock& clock_;
};

}  // namespace cardea::oauth
