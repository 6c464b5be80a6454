#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "store/sql/store_metrics.h"

namespace cardea::store {

// The statements that took long, by their text, which never holds a value. Each is logged when it is first seen, and
// then at most once a minute with how often it was slow until now. Safe from any thread.
class SlowStatements {
 public:
  // `limit` 0: none is slow.
  SlowStatements(const base::Clock& clock, base::Log& log, base::Duration limit, StoreMetrics metrics = {})
      : clock_(clock), log_(log), limit_(limit), metrics_(std::move(metrics)) {}

  bool is_slow(std::chrono::nanoseconds took) const { return limit_ > base::Duration{} && took >= limit_; }
  void note(std::string_view sql, std::chrono::nanoseconds took);
  std::uint64_t count(std::string_view sql) const;

 private:
  struct Seen {
    std::uint64_t count = 0;
    std::chrono::nanoseconds logged{};
  };

  const base::Clock& clock_;
  base::Log& log_;
  const base::Duration limit_;
  const StoreMetrics metrics_;
  mutable std::mutex mutex_;
  std::map<std::string, Seen, std::less<>> seen_;
};

// The statement that runs on a connection, for those who watch how long it takes: SlowStatements, and a Watchdog from
// its thread.
class StatementWatch {
 public:
  explicit StatementWatch(const base::Clock& clock, SlowStatements& slow) : clock_(clock), slow_(slow) {}

  // Ends with end(), also when the statement fails.
  void begin() { began_.store(clock_.steady().count(), std::memory_order_relaxed); }
  void end(std::string_view sql) {
    const std::chrono::nanoseconds took = clock_.steady() - std::chrono::nanoseconds(began_);
    began_.store(kIdle, std::memory_order_relaxed);
    if (slow_.is_slow(took)) slow_.note(sql, took);
  }

  // From any thread: how long the statement has been running that runs at `now`; zero when none does.
  std::chrono::nanoseconds running(std::chrono::nanoseconds now) const {
    const auto began = began_.load(std::memory_order_relaxed);
    return began == kIdle ? std::chrono::nanoseconds{} : now - std::chrono::nanoseconds(began);
  }

 private:
  static constexpr std::int64_t kIdle = INT64_MIN;

  const base::Clock& clock_;
  SlowStatements& slow_;
  std::atomic<std::int64_t> began_ = kIdle;
};

}  // namespace cardea::store
