#include "store/hybrid_clock.h"

#include <algorithm>

namespace cardea::store {

Stamp HybridClock::now() {
  const std::uint64_t wall = hlc_of(clock_.now());
  std::uint64_t last = last_.load(std::memory_order_relaxed);
  std::uint64_t next = 0;
  do {
    next = std::max(wall, last + 1);
  } while (!last_.compare_exchange_weak(last, next, std::memory_order_relaxed));
  return {next, cell_};
}

void HybridClock::observe(Stamp seen) {
  std::uint64_t last = last_.load(std::memory_order_relaxed);
  while (last < seen.hlc && !last_.compare_exchange_weak(last, seen.hlc, std::memory_order_relaxed)) {
  }
}

}  // namespace cardea::store
