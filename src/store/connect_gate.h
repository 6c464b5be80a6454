#pragma once

#include <algorithm>
#include <chrono>
#include <mutex>

#include "base/clock.h"

namespace cardea::store {

// Who may try to connect to a server: everybody while it answers; when it does not, one at a time and ever more seldom,
// up to every two seconds. The others answer their callers at once. Safe from any thread.
class ConnectGate {
 public:
  explicit ConnectGate(const base::Clock& clock) : clock_(clock) {}

  // After true, leave() must follow.
  bool enter() {
    const std::scoped_lock lock(mutex_);
    if (failures_ == 0) return true;
    if (trying_ || clock_.steady() < next_try_) return false;
    return trying_ = true;
  }

  void leave(bool connected) {
    const std::scoped_lock lock(mutex_);
    trying_ = false;
    failures_ = connected ? 0 : std::min(failures_ + 1, 6);
    next_try_ = clock_.steady() + std::min(kLongest, kShortest * (1 << failures_));
  }

 private:
  static constexpr std::chrono::nanoseconds kShortest = std::chrono::milliseconds(25);
  static constexpr std::chrono::nanoseconds kLongest = std::chrono::seconds(2);

  const base::Clock& clock_;
  std::mutex mutex_;
  int failures_ = 0;
  bool trying_ = false;
  std::chrono::nanoseconds next_try_{};
};

}  // namespace cardea::store
