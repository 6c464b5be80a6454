#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace cardea::base {

// Source of unpredictable bytes; crypto/system_random.h is the real one. Safe from any thread.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;
};

std::string random_bytes(Random& random, std::size_t count);
// `count` characters of [A-Za-z0-9], each with 5.95 bits of entropy, without modulo bias.
std::string random_alphanumeric(Random& random, std::size_t count);
// Hex digits, lower case; `bytes` bytes give 2 * bytes characters.
std::string random_hex(Random& random, std::size_t bytes);

// splitmix64 over a counter: repeatable from its seed, for tests and simulations, never for secrets. One thread.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::uint8_t> out) override;

 private:
  std::uint64_t state_;
};

}  // namespace cardea::base
