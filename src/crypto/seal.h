#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"

namespace cardea::crypto {

// 32 secret bytes that seal other secrets. Copyable; every copy is wiped when it dies.
class SealKey {
 public:
  static constexpr std::size_t kSize = 32;

  // Standard or URL alphabet, with or without padding, as configuration files have it. invalid: not 32 bytes.
  static base::Result<SealKey> from_base64(std::string_view text);
  // Exactly 32 bytes; another length is a bug (std::invalid_argument).
  static SealKey from_bytes(std::string_view bytes);
  static SealKey generate(base::Random& random);

  SealKey(const SealKey&) = default;
  SealKey& operator=(const SealKey&) = default;
  ~SealKey();

  // A key for one purpose (HKDF-SHA256 with `purpose` as info): keys of two purposes tell nothing about each other or
  // about this one. Costs about 2 µs, so keep the result.
  SealKey derive(std::string_view purpose) const;

  // The secret itself, to wrap it under another key. Valid as long as this object.
  std::string_view bytes() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }

 private:
  SealKey() = default;

  std::array<std::uint8_t, kSize> bytes_{};
};

// What sealing adds to the length: version, nonce and tag.
inline constexpr std::size_t kSealOverhead = 1 + 12 + 16;

// AES-256-GCM: one version byte, a random 96-bit nonce, the ciphertext, a 128-bit tag. Raw bytes.
// `associated_data` is not stored, but opening demands the same: put in it what the value belongs to (tenant, record,
// field), so that a sealed value moved elsewhere does not open. One key may seal 2^32 values; derive() a key per
// purpose and tenant.
std::string seal(const SealKey& key, std::string_view plaintext, std::string_view associated_data,
                 base::Random& random);

// invalid: another key, other associated data, an unknown version, or any bit changed.
base::Result<std::string> open_sealed(const SealKey& key, std::string_view sealed, std::string_view associated_data);

}  // namespace cardea::crypto
