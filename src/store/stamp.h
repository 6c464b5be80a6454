#pragma once

#include <compare>
#include <cstdint>

#include "base/clock.h"
#include "model/ids.h"

namespace cardea::store {

// Version of one field group (REPLICATION.md §2.2): hybrid logical time, then the cell that wrote it.
struct Stamp {
  std::uint64_t hlc = 0;  // 48 bits of milliseconds, 16 bits of counter
  model::CellNumber cell = 0;

  auto operator<=>(const Stamp&) const = default;
};

// Hybrid logical clock (Kulkarni, Demirbas 2014). One per process; safe from any thread.
// After a restart it starts above everything that it may have given out before, by a ceiling that the store writes ahead.
class HybridClock;

}  // namespace cardea::store
