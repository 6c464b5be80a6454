#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "store/stamp.h"

namespace cardea::store {

// Hybrid logical clock (Kulkarni, Demirbas 2014; REPLICATION.md §2.2): follows the wall clock, never goes back, and
// runs ahead of every stamp that it has seen. When the counter of one millisecond is full it moves on to the next one.
// One per open database. Safe from any thread, no lock.
class HybridClock {
 public:
  // `clock` must outlive it. `floor`: nothing at or below it is given out; the ceiling that the last run left behind.
  HybridClock(const base::Clock& clock, model::CellNumber cell, std::uint64_t floor = 0)
      : clock_(clock), cell_(cell), last_(floor) {}

  // A stamp above all earlier ones of this clock.
  Stamp now();
  // From now on every stamp is above `seen`. For stamps that came from elsewhere, or that the overwrite rule made.
  void observe(Stamp seen);

  // The highest that was given out or observed.
  std::uint64_t last() const { return last_.load(std::memory_order_relaxed); }
  model::CellNumber cell() const { return cell_; }

 private:
  const base::Clock& clock_;
  const model::CellNumber cell_;
  std::atomic<std::uint64_t> last_;
};

// The time part of a stamp, and the lowest stamp of a time.
inline base::Time time_of(std::uint64_t hlc) { return base::from_millis(static_cast<std::int64_t>(hlc >> 16)); }
inline std::uint64_t hlc_of(base::Time time) { return static_cast<std::uint64_t>(base::to_millis(time)) << 16; }

}  // namespace cardea::store
