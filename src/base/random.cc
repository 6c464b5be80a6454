#include "base/random.h"

namespace cardea::base {

std::string random_bytes(Random& random, std::size_t count) {
  std::string out(count, '\0');
  random.fill({reinterpret_cast<std::uint8_t*>(out.data()), out.size()});
  return out;
}

std::string random_alphanumeric(Random& random, std::size_t count) {
  static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  static constexpr std::uint8_t kLargestMultiple = 62 * 4;
  std::string out;
  out.reserve(count);
  std::uint8_t pool[64];
  while (out.size() < count) {
    random.fill(pool);
    for (const std::uint8_t byte : pool) {
      if (byte >= kLargestMultiple || out.size() == count) continue;
      out.push_back(kAlphabet[byte % 62]);
    }
  }
  return out;
}

std::string random_hex(Random& random, std::size_t bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes * 2);
  for (const char c : random_bytes(random, bytes)) {
    const auto byte = static_cast<std::uint8_t>(c);
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 15]);
  }
  return out;
}

void SeededRandom::fill(std::span<std::uint8_t> out) {
  for (std::size_t i = 0; i < out.size();) {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    z ^= z >> 31;
    for (int b = 0; b < 8 && i < out.size(); ++b, ++i) out[i] = static_cast<std::uint8_t>(z >> (8 * b));
  }
}

}  // namespace cardea::base
