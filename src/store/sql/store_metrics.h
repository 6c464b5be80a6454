#pragma once

#include <memory>
#include <string>
#include <utility>

#include "base/metrics.h"

namespace cardea::store {

// What a database on SQL tells Prometheus of itself, with the name of the store as a label. Handles: cheap to copy.
// Safe from any thread.
class StoreMetrics {
 public:
  // Counts nothing.
  StoreMetrics() = default;
  // `metrics` must outlive it and its copies.
  StoreMetrics(base::Metrics& metrics, const std::string& store);

  // Counts by one as long as it lives.
  class Held {
   public:
    explicit Held(const base::Gauge* gauge) : gauge_(gauge) {
      if (gauge_ != nullptr) gauge_->add(1);
    }
    ~Held() {
      if (gauge_ != nullptr) gauge_->add(-1);
    }
    Held(Held&& other) noexcept : gauge_(std::exchange(other.gauge_, nullptr)) {}
    Held& operator=(Held&&) = delete;

   private:
    const base::Gauge* gauge_;
  };

  // Of a connection while it is open, and while it answers a call. They must not outlive what they came from.
  [[nodiscard]] Held open() const { return Held(series_ ? &series_->open : nullptr); }
  [[nodiscard]] Held in_use() const { return Held(series_ ? &series_->in_use : nullptr); }
  // By how much the number of calls that wait for a connection has changed.
  void waiting(double by) const {
    if (series_) series_->waiting.add(by);
  }
  void slow_statement() const {
    if (series_) series_->slow.add();
  }

 private:
  struct Series {
    base::Gauge open, in_use, waiting;
    base::Counter slow;
  };
  std::shared_ptr<const Series> series_;
};

}  // namespace cardea::store
