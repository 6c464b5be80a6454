#include "store/sql/ulid_source.h"

#include <array>
#include <bit>
#include <string_view>

#include "base/ulid.h"

namespace cardea::store {
namespace {

// The next text in the order of Crockford's base 32.
void increment(std::string& ulid) {
  constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  for (auto digit = ulid.rbegin(); digit != ulid.rend(); ++digit) {
    const auto at = kAlphabet.find(*digit) + 1;
    *digit = kAlphabet[at % kAlphabet.size()];
    if (at < kAlphabet.size()) return;
  }
}

}  // namespace

base::SeededRandom seeded_from(base::Random& random) {
  std::array<std::uint8_t, 8> bytes;
  random.fill(bytes);
  return base::SeededRandom(std::bit_cast<std::uint64_t>(bytes));
}

UlidSource::UlidSource(const base::Clock& clock, base::Random& random) : clock_(clock), random_(seeded_from(random)) {}

std::string UlidSource::next() {
  const std::scoped_lock lock(mutex_);
  std::string ulid = base::new_ulid(clock_, random_);
  if (ulid <= last_) {
    ulid = last_;
    increment(ulid);
  }
  last_ = ulid;
  return ulid;
}

}  // namespace cardea::store
