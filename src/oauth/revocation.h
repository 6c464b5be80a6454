#pragma once

#include <string>
#include <string_view>

#include "base/async.h"
#include "base/result.h"
#include "identity/request_context.h"
#include "oauth/refresh_token.h"
#include "oauth/refusal.h"
#include "store/refresh_families.h"

namespace cardea::oauth {

// Token revocation (RFC 7009): a refresh token takes its whole family with it, and with the tenant's flag
// revoke_refresh_token_grant every family of the same user, client and API. Access tokens cannot be revoked.
class Revocation {
 public:
  // All must outlive it.
  Revocation(store::Database& database, store::RefreshFamilies& families, const RefreshTokens& tokens);

  // Succeeds also for tokens that are unknown or another client's: nobody learns whose they are (§2.2). Event srrt.
  base::awaitable<base::Result<void, Refusal>> revoke(identity::RequestContext context, const model::Client& client,
                                                      std::string token);

 private:
  store::Database& database_;
  store::RefreshFamilies& families_;
  const RefreshTokens& tokens_;
};

}  // namespace cardea::oauth
