#pragma once

#include <atomic>

#include "base/clock.h"

namespace cardea::base {

// A clock that moves only when told to. For tests and simulations.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(Time start = from_seconds(1'800'000'000)) : millis_(to_millis(start)) {}

  Time now() const override { return from_millis(millis_.load()); }
  std::chrono::nanoseconds steady() const override { return Duration{millis_.load()}; }
  void advance(Duration by) { millis_.fetch_add(by.count()); }

 private:
  std::atomic<std::int64_t> millis_;
};

}  // namespace cardea::base
