#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "crypto/hmac_key.h"
#include "crypto/signing_key.h"

namespace cardea::crypto {

// Mints JWTs of one header: {"alg","typ","kid"}, encoded once. Immutable, cheap to copy, safe from any thread.
class JwtSigner {
 public:
  // An empty `kid` or `typ` is left out. A key that does not fit the algorithm shows at the first sign().
  JwtSigner(PrivateKey key, SigningAlgorithm algorithm, std::string_view kid, std::string_view typ);
  // HS256.
  JwtSigner(HmacKey key, std::string_view kid, std::string_view typ);

  // The same key under another header: a `typ` such as "at+jwt", another algorithm of its type (RS256 → PS256).
  JwtSigner with(SigningAlgorithm algorithm, std::string_view typ) const;

  // The compact JWS over `payload_json`, which must already be a JSON object in text. invalid: the key does not fit.
  base::Result<std::string> sign(std::string_view payload_json) const;

  SigningAlgorithm algorithm() const { return algorithm_; }
  const std::string& kid() const { return kid_; }

 private:
  std::variant<PrivateKey, HmacKey> key_;
  SigningAlgorithm algorithm_;
  std::string kid_;
  std::string encoded_header_;  // with the dot behind it
};

}  // namespace cardea::crypto
