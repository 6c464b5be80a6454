#pragma once

#include <memory>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace cardea::base {

// Holds the newest of a line of immutable values; readers keep the one they took. Safe from any thread.
// Not std::atomic<std::shared_ptr>: libstdc++ 12's is reported as a race by ThreadSanitizer.
template <class T>
class Snapshot {
 public:
  std::shared_ptr<const T> load() const {
    std::shared_lock lock(mutex_);
    return value_;
  }
  void store(std::shared_ptr<const T> value) {
    std::unique_lock lock(mutex_);
    value_.swap(value);
  }

 private:
  mutable std::shared_mutex mutex_;
  std::shared_ptr<const T> value_;
};

}  // namespace cardea::base
