#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"

namespace cardea::identity {

// Token buckets by name, in memory: `size` at once, then one per `refill`. Of more than `max_tracked` names the least
// recently used are forgotten, which makes them full again. Safe from any thread.
class RateBuckets {
 public:
  // `clock` must outlive it.
  RateBuckets(const base::Clock& clock, double size, base::Duration refill, std::size_t max_tracked);

  // Takes one token; false when there is none.
  bool take(std::string_view name);
  // Whether take() would succeed.
  bool available(std::string_view name);
  // Full again.
  void forget(std::string_view name);

 private:
  struct Bucket {
    std::string name;
    double tokens;
    base::Time at;
  };

  // Both with mutex_ held.
  Bucket* find(std::string_view name);
  void refill(Bucket& bucket) const;

  const base::Clock& clock_;
  const double size_;
  const base::Duration refill_;
  const std::size_t max_tracked_;
  std::mutex mutex_;
  std::list<Bucket> recent_;                                                   // the most recently used first
  std::unordered_map<std::string_view, std::list<Bucket>::iterator> by_name_;  // keys are the buckets' names
};

}  // namespace cardea::identity
