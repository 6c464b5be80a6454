#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/key_algorithm.h"

namespace cardea::crypto {

enum class KeyType { rsa, p256, p384, ed25519 };

// RS* and PS* need rsa, es256 p256, es384 p384, eddsa ed25519; hs256 fits no asymmetric key.
bool fits(KeyType type, SigningAlgorithm algorithm);

class EvpKey;  // OpenSSL's key; known to crypto/ only (crypto/evp_key.h)

// A public key that passed the checks: RSA of 2048 to 8192 bits with an odd exponent from 3 to 64 bits long, P-256,
// P-384 (named curves, the point is on the curve) or Ed25519. Immutable, cheap to copy, safe from any thread.
class PublicKey {
 public:
  // "PUBLIC KEY" (SubjectPublicKeyInfo), "RSA PUBLIC KEY" or "CERTIFICATE"; at most 64 KiB, the first block counts. A
  // certificate only carries the key here: its dates and issuer are not looked at. invalid: not such a PEM, or a key
  // that we refuse.
  static base::Result<PublicKey> from_pem(std::string_view pem);
  // SubjectPublicKeyInfo.
  std::string to_pem() const;

  KeyType type() const;
  // Modulus or field size: 2048 … 8192, 256, 384, 256.
  int bits() const;

  // `signature` as JOSE has it (ECDSA: r || s of fixed length). False when the key does not fit the algorithm.
  bool verify(SigningAlgorithm algorithm, std::string_view data, std::string_view signature) const;

  // Same key material.
  bool operator==(const PublicKey& other) const;

  explicit PublicKey(std::shared_ptr<const EvpKey> key) : key_(std::move(key)) {}
  const EvpKey& evp() const { return *key_; }

 private:
  std::shared_ptr<const EvpKey> key_;
};

// A private key under the same rules. Immutable, cheap to copy, safe from any thread; the material is wiped with the
// last copy.
class PrivateKey {
 public:
  // RSA 2048 (takes 50–500 ms), P-256, P-384 or Ed25519, whatever the algorithm needs. invalid: hs256.
  static base::Result<PrivateKey> generate(SigningAlgorithm algorithm);
  // PKCS#8 ("PRIVATE KEY"), or the older "RSA PRIVATE KEY" and "EC PRIVATE KEY"; never an encrypted one. At most 64
  // KiB.
  static base::Result<PrivateKey> from_pem(std::string_view pkcs8);
  // Unencrypted PKCS#8: seal it before it is stored.
  std::string to_pem() const;

  KeyType type() const;
  PublicKey public_key() const;

  // The raw JOSE signature. invalid: the key does not fit the algorithm.
  base::Result<std::string> sign(SigningAlgorithm algorithm, std::string_view data) const;

  explicit PrivateKey(std::shared_ptr<const EvpKey> key) : key_(std::move(key)) {}
  const EvpKey& evp() const { return *key_; }

 private:
  std::shared_ptr<const EvpKey> key_;
};

}  // namespace cardea::crypto
