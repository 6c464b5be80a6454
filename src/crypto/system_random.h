#pragma once

#include <cstdint>
#include <span>

#include "base/random.h"

namespace cardea::crypto {

// The operating system's randomness through OpenSSL's generator, fit for keys and tokens. Small requests are served
// from a buffer per thread, wiped as it is used and thrown away in the child of a fork. Safe from any thread. Aborts
// the process when the generator fails: there is no safe way on.
class SystemRandom final : public base::Random {
 public:
  void fill(std::span<std::uint8_t> out) override;
};

}  // namespace cardea::crypto
