#pragma once

#include <string>

#include "base/async.h"
#include "identity/rate_buckets.h"
#include "store/shared_limits.h"

namespace cardea::identity {

// How a node limits (`limits.enabled`, `sessions.store`).
struct Limits {
  bool on = true;
  store::SharedLimits* shared = nullptr;  // counters of all nodes; nullptr: each node counts for itself
};

// How often something may be done in somebody's name: `size` times at once, then once per `refill`. Counted over all
// nodes where they share counters, and by this node alone while those are lost. Safe from any executor.
class RateLimit {
 public:
  // `purpose` keeps its names apart from those of others. The clock and what `limits` refers to must outlive it.
  RateLimit(const base::Clock& clock, Limits limits, std::string purpose, double size, base::Duration refill,
            std::size_t max_tracked);

  // Counts this time; false when it is one too many. Always true where limits are off.
  base::awaitable<bool> allows(std::string name);

 private:
  const Limits limits_;
  const std::string purpose_;
  const store::SharedLimits::Bucket bucket_;
  RateBuckets local_;
};

}  // namespace cardea::identity
