#pragma once

#include <compare>
#include <cstdint>

#include "model/ids.h"

namespace cardea::store {

// Version of one field group (REPLICATION.md §2.2): hybrid logical time, then the cell that wrote it.
// store/hybrid_clock.h makes them.
struct Stamp {
  std::uint64_t hlc = 0;  // 48 bits of milliseconds, 16 bits of counter
  model::CellNumber cell = 0;

  auto operator<=>(const Stamp&) const = default;
};

}  // namespace cardea::store
