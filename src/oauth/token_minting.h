#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "identity/request_context.h"
#include "oauth/api_access.h"
#include "oauth/claims_hook.h"
#include "store/artifact.h"

namespace cardea::oauth {

// Everything that tokens say, decided. Pointers and references live as long as the request that issues them.
struct TokenSubject {
  const model::Client& client;
  const model::User* user = nullptr;  // nullptr: the client acts for itself
  ApiAccess access;
  std::vector<std::string> permissions;  // of the user (RBAC) or of the client grant, for dialects that show them
  model::SessionId session;              // "" = no session (password grants)
  std::string nonce;
  base::Time auth_time;
  bool say_auth_time = false;
  std::vector<std::string> amr;     // ["mfa"] or nothing
  std::string gty;                  // "client-credentials", "password", "refresh_token" or ""
  bool from_front_channel = false;  // access tokens of /authorize live shorter
  CustomClaims custom;
  identity::TenantPtr keys;  // whose signers to use; nullptr: those of the context's snapshot
};

struct AccessToken {
  std::string text;
  std::chrono::seconds lifetime{0};
};

// Makes tokens (reference §8). Stateless: costs a signature and some text. Safe from any thread.
class TokenMinting {
 public:
  static constexpr std::string_view kOpaquePurpose = "access_token";

  // All must outlive it.
  TokenMinting(const store::Artifacts& artifacts, base::Random& random, const base::Clock& clock);

  // A JWT for the API, with /userinfo as a second audience when `openid` was granted and the API shares no secret
  // (HS256); without an API a sealed token that only /userinfo understands. invalid: the tenant has no key of the
  // algorithm that the API wants.
  base::Result<AccessToken> access_token(const identity::RequestContext& context, const TokenSubject& subject) const;

  // `access_token` and `code`: those given out beside it in the front channel, for at_hash and c_hash; else "".
  // Needs a user. invalid: as above, or HS256 for a client without a secret.
  base::Result<std::string> id_token(const identity::RequestContext& context, const TokenSubject& subject,
                                     std::string_view access_token = {}, std::string_view code = {}) const;

 private:
  std::string access_claims(const identity::RequestContext& context, const TokenSubject& subject,
                            std::chrono::seconds lifetime) const;

  const store::Artifacts& artifacts_;
  base::Random& random_;
  const base::Clock& clock_;
};

// The left half of the digest that belongs to the algorithm, base64url (OpenID Connect Core §3.1.3.6).
std::string half_hash(std::string_view text, crypto::SigningAlgorithm algorithm);

}  // namespace cardea::oauth
