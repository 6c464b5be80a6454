#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace cardea::crypto {

// The shared secret of HS256. A type of its own, so that a public key can never be taken for one. Wiped when it dies.
class HmacKey {
 public:
  // At least 32 bytes (RFC 7518 §3.2), at most 1024; invalid otherwise. A client secret is used as its UTF-8 bytes.
  static base::Result<HmacKey> from_bytes(std::string_view secret);

  HmacKey(const HmacKey&) = default;
  HmacKey& operator=(const HmacKey&) = default;
  ~HmacKey();

  // HMAC-SHA256, 32 bytes.
  std::string sign(std::string_view data) const;
  // In constant time.
  bool verify(std::string_view data, std::string_view signature) const;

  std::string_view bytes() const { return secret_; }

 private:
  explicit HmacKey(std::string_view secret) : secret_(secret) {}

  std::string secret_;
};

}  // namespace cardea::crypto
