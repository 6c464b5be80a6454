#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "crypto/hmac_key.h"
#include "crypto/signing_key.h"

namespace cardea::crypto {

// JSON Web Keys (RFC 7517, RFC 7518 §6, RFC 8037 §2). All values are strict base64url; coordinates have their full
// length; RSA integers may have leading zeros, as some producers write them. Unknown members are ignored. Errors are
// Errc::invalid.

// kty RSA, EC (P-256, P-384) or OKP (Ed25519). Private members, if any, are ignored.
base::Result<PublicKey> parse_jwk(const base::json::object& jwk);
// RSA with all of n e d p q dp dq qi, EC or OKP; refuses a private part that does not belong to the public one.
base::Result<PrivateKey> parse_private_jwk(const base::json::object& jwk);
// kty oct.
base::Result<HmacKey> parse_oct_jwk(const base::json::object& jwk);

// The required members only (kty, n, e / crv, x, y); the caller adds kid, use, alg, x5c.
base::json::object to_jwk(const PublicKey& key);
// Holds the private key in the clear.
base::json::object to_private_jwk(const PrivateKey& key);

// RFC 7638: SHA-256 over the canonical form, base64url; 43 characters.
std::string jwk_thumbprint(const PublicKey& key);

// One usable key of a set.
struct Jwk {
  std::string kid;                      // empty: none given
  std::optional<SigningAlgorithm> alg;  // the only algorithm that the key may be used with, when given
  PublicKey key;

  // Fits by type and by `alg`.
  bool allows(SigningAlgorithm algorithm) const;
};

// A JWK Set (RFC 7517 §5). Immutable once parsed.
class JwkSet {
 public:
  explicit JwkSet(std::vector<Jwk> keys) : keys_(std::move(keys)) {}

  // The key with this kid that allows the algorithm; with an empty kid the only one that allows it. nullptr: none, or
  // not clear which.
  const Jwk* find(std::string_view kid, SigningAlgorithm algorithm) const;
  // By kid alone: the first.
  const Jwk* find(std::string_view kid) const;
  const std::vector<Jwk>& keys() const { return keys_; }

 private:
  std::vector<Jwk> keys_;
};

// {"keys":[…]}. Keys of unknown type, for encryption, symmetric, or broken ones are left out (§5), so one bad key does
// not take down the others. invalid: not an object with an array `keys`, or more than 100 keys.
base::Result<JwkSet> parse_jwks(const base::json::value& set);
// The same from text of at most 256 KiB.
base::Result<JwkSet> parse_jwks(std::string_view text);

}  // namespace cardea::crypto
