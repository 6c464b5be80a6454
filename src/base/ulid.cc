#include "base/ulid.h"

#include <array>

namespace cardea::base {

std::string new_ulid(const Clock& clock, Random& random) { return new_ulid(clock.now(), random); }

std::string new_ulid(Time now, Random& random) {
  static constexpr char kAlphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  std::string out(26, '0');
  auto millis = static_cast<std::uint64_t>(to_millis(now));
  for (int i = 9; i >= 0; --i, millis >>= 5) out[static_cast<std::size_t>(i)] = kAlphabet[millis & 31];
  std::array<std::uint8_t, 16> noise;
  random.fill(noise);
  for (std::size_t i = 0; i < 16; ++i) out[10 + i] = kAlphabet[noise[i] & 31];
  return out;
}

}  // namespace cardea::base
