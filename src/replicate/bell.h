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
  explicit Bell(store::Database& database) {
    database.on_commit([alarms = alarms_](const store::CommitMark&) { alarms->ring(); });
  }

  // As long as it lives.
  void add(const std::shared_ptr<store::Alarm>& alarm) { alarms_->add(alarm); }

 private:
  // The database tells of commits until it is closed, which is later than anybody waits here.
  class Alarms {
   public:
    void add(const std::shared_ptr<store::Alarm>& alarm) {
      const std::scoped_lock lock(mutex_);
      std::erase_if(all_, [](const auto& known) { return known.expired(); });
      all_.push_back(alarm);
    }
    void ring() {
      const std::scoped_lock lock(mutex_);
      for (const auto& known : all_)
        if (const auto alarm = known.lock()) alarm->ring();
    }

   private:
    std::mutex mutex_;
    std::vector<std::weak_ptr<store::Alarm>> all_;
  };

  const std::shared_ptr<Alarms> alarms_ = std::make_shared<Alarms>();
};

}  // namespace cardea::replicate
