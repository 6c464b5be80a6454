#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "model/client.h"

namespace cardea::oauth {

// A JWT by which a client proves itself (RFC 7523 §3, OpenID Connect Core §9).
struct ClientAssertion {
  std::string jti;
  base::Time forget_at;  // from then on it is refused as expired, so its use need not be remembered
};

// Checks signature (RS256, RS384 or PS256 with one of the client's registered keys; HS256 with its secret when it
// authenticates by secret), `iss` = `sub` = client_id, `aud` = the issuer or its token endpoint, `exp` at most an hour
// ahead, `nbf`, `iat`, each with 10 s of skew, and that there is a `jti` of at most 256 bytes. denied or invalid
// otherwise. Not whether it was used.
base::Result<ClientAssertion> verify_client_assertion(const model::Client& client, std::string_view assertion,
                                                      std::string_view issuer, base::Time now);

// The `sub` of an assertion that nobody has verified yet: says only where to look for the keys. "" when unreadable.
std::string client_of_assertion(std::string_view assertion);

}  // namespace cardea::oauth
