#pragma once

#include <openssl/evp.h>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "crypto/openssl_ptr.h"
#include "crypto/signing_key.h"

// What PublicKey and PrivateKey share. For the files of crypto/ only.
namespace cardea::crypto {

// Idle contexts of one key, each set up for one algorithm: setting one up costs as much as a tenth of an ES256
// signature. A caller takes one out, so that no two threads ever use the same; afterwards it goes back. Safe from any
// thread.
class ContextPool {
 public:
  // nullptr: none idle.
  PkeyCtxPtr take(SigningAlgorithm algorithm);
  void put_back(SigningAlgorithm algorithm, PkeyCtxPtr context);

 private:
  std::mutex mutex_;
  std::vector<std::pair<SigningAlgorithm, PkeyCtxPtr>> idle_;
};

// A key of OpenSSL that passed the checks of PublicKey.
class EvpKey {
 public:
  // invalid: a type, size, curve or exponent that we refuse.
  static base::Result<std::shared_ptr<const EvpKey>> adopt_public(PkeyPtr key);
  // Besides, invalid when the private part does not belong to the public one.
  static base::Result<std::shared_ptr<const EvpKey>> adopt_private(PkeyPtr key);

  // OpenSSL's functions take it without const, also where they only read.
  EVP_PKEY* get() const { return key_.get(); }
  KeyType type() const { return type_; }
  // Of a private key: its public half alone.
  const std::shared_ptr<const EvpKey>& public_half() const { return public_half_; }

  base::Result<std::string> sign(SigningAlgorithm algorithm, std::string_view data) const;
  bool verify(SigningAlgorithm algorithm, std::string_view data, std::string_view signature) const;

 private:
  EvpKey(PkeyPtr key, KeyType type) : key_(std::move(key)), type_(type) {}

  PkeyPtr key_;
  KeyType type_;
  std::shared_ptr<const EvpKey> public_half_;
  mutable ContextPool signing_;
  mutable ContextPool verifying_;
};

}  // namespace cardea::crypto
