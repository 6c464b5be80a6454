#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "store/alarm.h"
#include "store/database.h"

namespace cardea::replicate {

// Wakes everybody who waits for something new in the feed of this cell. Safe from any thread.
class Bell {
 public:
  // Must outlive the database: it hears of its commits until that is closed.
  explicit Bell(store::Database& database) {
    database.on_commit([this](const store::CommitMark&) { ring(); });
  }

  // As long as it lives.
  void add(const std::shared_ptr<store::Alarm>& alarm) {
    const std::scoped_lock lock(mutex_);
    std::erase_if(alarms_, [](const auto& known) { return known.expired(); });
    alarms_.push_back(alarm);
  }

  void ring() {
    const std::scoped_lock lock(mutex_);
    for (const auto& known : alarms_)
      if (const auto alarm = known.lock()) alarm->ring();
  }

 private:
  std::mutex mutex_;
  std::vector<std::weak_ptr<store::Alarm>> alarms_;
};

}  // namespace cardea::replicate
