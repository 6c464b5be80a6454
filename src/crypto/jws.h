#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "crypto/hmac_key.h"
#include "crypto/jwt_signer.h"  // IWYU pragma: export
#include "crypto/signing_key.h"

namespace cardea::crypto {

// JSON Web Signatures, compact form (RFC 7515 §7.1).

inline constexpr std::size_t kMaxCompactSize = std::size_t{64} * 1024;

struct JwsHeader {
  std::string alg;  // never empty, never "none"
  std::string kid;  // empty: absent
  std::string typ;  // empty: absent
  base::json::object all;
};

// Taken apart, not yet trusted: call verify() before the payload is believed.
struct ParsedJws {
  JwsHeader header;
  std::string payload;
  std::string_view signing_input;  // points into the text given to parse_compact(), which must stay alive
  std::string signature;
};

// invalid: larger than `max_size`, not three parts, not strict base64url (no padding), a header that is no JSON object
// or has no `alg`, alg "none" in any spelling, any `crit`, `b64`, an empty signature. Of duplicate header members the
// last counts (RFC 7515 §4).
base::Result<ParsedJws> parse_compact(std::string_view text, std::size_t max_size = kMaxCompactSize);

// True only if the header says `expected`, the key fits it and the signature is right. `expected` comes from the
// client's or tenant's settings, never from the token.
bool verify(const ParsedJws& jws, const PublicKey& key, SigningAlgorithm expected);
// HS256.
bool verify(const ParsedJws& jws, const HmacKey& key);

// `header_members` gets `alg` set; give `kid` and `typ` there. invalid: the key does not fit the algorithm.
base::Result<std::string> sign_compact(base::json::object header_members, std::string_view payload,
                                       const PrivateKey& key, SigningAlgorithm algorithm);
// HS256.
base::Result<std::string> sign_compact(base::json::object header_members, std::string_view payload, const HmacKey& key);

}  // namespace cardea::crypto
