#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"

namespace cardea::api {

// Who has written through the Management API a moment ago, and so must not read from a replica that may lag. Safe from
// any thread.
class RecentWriters {
 public:
  // Longer than a replica that is read may be behind.
  static constexpr auto kMoment = std::chrono::seconds(10);

  // Must outlive it.
  explicit RecentWriters(const base::Clock& clock) : clock_(clock) {}

  void note(const std::string& who) {
    const auto now = clock_.steady();
    const std::scoped_lock lock(mutex_);
    if (wrote_.size() >= kMost) std::erase_if(wrote_, [&](const auto& entry) { return entry.second + kMoment < now; });
    // So many at once: then all of them read where they write.
    if (wrote_.size() >= kMost)
      everybody_until_ = now + kMoment;
    else
      wrote_[who] = now;
  }
  bool has(const std::string& who) const {
    const auto now = clock_.steady();
    const std::scoped_lock lock(mutex_);
    const auto found = wrote_.find(who);
    return now < everybody_until_ || (found != wrote_.end() && now < found->second + kMoment);
  }

 private:
  static constexpr std::size_t kMost = 10'000;

  const base::Clock& clock_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::chrono::nanoseconds> wrote_;
  std::chrono::nanoseconds everybody_until_{};
};

}  // namespace cardea::api
