#pragma once

#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/random.h"

namespace cardea::store {

// ULIDs of which each is greater than the one before, also within a millisecond and when the clock goes back.
// Safe from any thread.
class UlidSource {
 public:
  // `clock` must outlive it; `random` is used now and not later.
  UlidSource(const base::Clock& clock, base::Random& random);

  std::string next();

 private:
  const base::Clock& clock_;
  std::mutex mutex_;
  base::SeededRandom random_;
  std::string last_;
};

// Of 64 random bits.
base::SeededRandom seeded_from(base::Random& random);

}  // namespace cardea::store
