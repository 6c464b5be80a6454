#pragma once

#include "base/async.h"
#include "base/result.h"
#include "oauth/key_rotation.h"
#include "oauth/token_minting.h"
#include "store/users.h"

namespace cardea::oauth {

// What every issue of tokens needs before minting, at the token endpoint and in the front channel alike.
class TokenIssuing {
 public:
  // All must outlive it.
  TokenIssuing(store::Users& users, ClaimsHook& hook, SigningKeySource& keys, const TokenMinting& minting);

  // Blocked users get nothing (unauthorized, "user is blocked"); RBAC narrows the scopes and fills `permissions`; the
  // tenant's code adds claims or says no (access_denied); a key that is needed for the first time is made. `grant` is
  // for that code. `subject` must stay alive.
  base::awaitable<base::Result<void, Refusal>> prepare(const identity::RequestContext& context, TokenSubject& subject,
                                                       std::string_view grant);

  const TokenMinting& minting() const { return minting_; }

 private:
  base::awaitable<base::Result<void, Refusal>> provide_keys(const identity::RequestContext& context,
                                                            TokenSubject& subject);

  store::Users& users_;
  ClaimsHook& hook_;
  SigningKeySource& keys_;
  const TokenMinting& minting_;
};

}  // namespace cardea::oauth
