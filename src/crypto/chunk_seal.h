#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/seal.h"

namespace cardea::crypto {

// A long text sealed in chunks, so that it can be read and trusted piece by piece: AES-256-GCM in the STREAM
// construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015). The nonce of a chunk is its position and whether it is the
// last one; chunks that are left out, put elsewhere, repeated or cut off at the end do not open.
//
// Nonces count from zero, so a key seals ONE text, ever. `associated_data` belongs to every chunk.

// What sealing adds to the length of a chunk.
inline constexpr std::size_t kChunkOverhead = 16;

class ChunkSealer {
 public:
  ChunkSealer(const SealKey& key, std::string associated_data) : key_(key), associated_(std::move(associated_data)) {}

  // Nothing may follow the last chunk (std::logic_error).
  std::string seal(std::string_view chunk, bool last);

 private:
  SealKey key_;
  std::string associated_;
  std::uint64_t position_ = 0;
  bool ended_ = false;
};

class ChunkOpener {
 public:
  ChunkOpener(const SealKey& key, std::string associated_data) : key_(key), associated_(std::move(associated_data)) {}

  // invalid: not what was sealed at this position with this key and this associated data, or after the last chunk.
  base::Result<std::string> open(std::string_view sealed, bool last);
  bool ended() const { return ended_; }

 private:
  SealKey key_;
  std::string associated_;
  std::uint64_t position_ = 0;
  bool ended_ = false;
};

}  // namespace cardea::crypto
