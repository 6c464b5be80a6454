#pragma once

#include "base/async.h"
#include "base/json.h"
#include "base/result.h"
#include "identity/request_context.h"
#include "model/client.h"
#include "model/user.h"
#include "oauth/refusal.h"
#include "oauth/scopes.h"

namespace cardea::oauth {

// What the tenant's own code may look at before tokens are made.
struct ClaimsQuestion {
  const identity::RequestContext& context;
  const model::Client& client;
  const model::User* user;           // nullptr: the client acts for itself
  const model::ResourceServer* api;  // nullptr: none
  const Scopes& scopes;
  std::string_view grant;  // grant_type, or "authorize" for tokens of the front channel
};

// Claims to add, not yet judged: custom_claims.h says which are let through.
struct CustomClaims {
  base::json::object id_token;
  base::json::object access_token;
};

// Where a tenant's code takes part in every issue of tokens (Actions post-login and credentials-exchange).
class ClaimsHook {
 public:
  virtual ~ClaimsHook() = default;
  // access_denied: the code says no. The references in `question` live until the awaitable is done.
  virtual base::awaitable<base::Result<CustomClaims, Refusal>> claims(const ClaimsQuestion& question) = 0;
};

// For tenants without code of their own: adds nothing.
class NoClaimsHook final : public ClaimsHook {
 public:
  base::awaitable<base::Result<CustomClaims, Refusal>> claims(const ClaimsQuestion&) override {
    co_return CustomClaims{};
  }
};

}  // namespace cardea::oauth
