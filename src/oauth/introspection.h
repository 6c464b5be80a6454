#pragma once

#include <string>

#include "base/async.h"
#include "base/json.h"
#include "base/result.h"
#include "identity/request_context.h"
#include "oauth/access_token_verification.h"
#include "oauth/refresh_token.h"
#include "oauth/refusal.h"
#include "store/refresh_families.h"

namespace cardea::oauth {

// Token introspection (RFC 7662), for confidential clients: a refresh token only for the client that it was given to,
// an access token for every client of the tenant, as APIs are clients too. Whatever is not active is {"active":false}
// and nothing more (§2.2).
class Introspection {
 public:
  // All must outlive it.
  Introspection(const AccessTokenVerification& access_tokens, const RefreshTokens& refresh_tokens,
                store::RefreshFamilies& families, const base::Clock& clock);

  base::awaitable<base::Result<base::json::object, Refusal>> introspect(identity::RequestContext context,
                                                                        const model::Client& client, std::string token);

 private:
  base::awaitable<base::Result<base::json::object, Refusal>> refresh_token(identity::RequestContext context,
                                                                           RefreshToken token);

  const AccessTokenVerification& access_tokens_;
  const RefreshTokens& refresh_tokens_;
  store::RefreshFamilies& families_;
  const base::Clock& clock_;
};

}  // namespace cardea::oauth
