#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "crypto/jws.h"

namespace cardea::crypto {

// What a JWT must say (RFC 7519 §4.1, RFC 8725 §3.8–3.12).
struct JwtExpectations {
  std::string issuer;    // `iss` must equal it; empty: `iss` is not looked at
  std::string audience;  // `aud` must be or contain it; empty together with other_audiences: `aud` is not looked at
  std::vector<std::string> other_audiences;  // any of these will do as well
  std::string typ;  // header `typ`, without regard to case and to an "application/" prefix; empty: not looked at
  base::Time now;   // must be given
  base::Duration leeway{0};        // for exp, nbf and iat: clocks differ
  base::Duration max_lifetime{0};  // exp may not lie further ahead of now than this; 0: no bound
  bool require_expiry = true;      // exp must be there
};

// Looks at the claims of a JWT whose signature has been verified; gives them back.
// invalid: the payload is no JSON object, or a registered claim has the wrong type.
// denied: wrong typ, iss or aud; expired (now >= exp + leeway); not yet valid (nbf or iat > now + leeway); lives too
// long.
base::Result<base::json::object> check_claims(const ParsedJws& jws, const JwtExpectations& expected);
// The same on claims alone; `expected.typ` is not looked at.
base::Result<base::json::object> check_claims(base::json::object claims, const JwtExpectations& expected);

}  // namespace cardea::crypto
