#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/metrics.h"

namespace cardea::app {

// What a node that makes backups tells Prometheus of them.
class BackupMetrics {
 public:
  // `metrics` must outlive it.
  explicit BackupMetrics(base::Metrics& metrics);

  // The newest backup at the target, whoever made it.
  void newest(base::Time made_at, std::uint64_t bytes) const;
  // One of this node has come to its end.
  void made(base::Duration took) const;
  void failed(base::Duration took) const;

 private:
  base::Gauge last_success_, bytes_, duration_;
  base::Counter made_, failed_;
};

}  // namespace cardea::app
