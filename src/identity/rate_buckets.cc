#include "identity/rate_buckets.h"

#include <algorithm>

namespace cardea::identity {

RateBuckets::RateBuckets(const base::Clock& clock, double size, base::Duration refill, std::size_t max_tracked)
    : clock_(clock), size_(size), refill_(refill), max_tracked_(std::max<std::size_t>(1, max_tracked)) {}

RateBuckets::Bucket* RateBuckets::find(std::string_view name) {
  const auto it = by_name_.find(name);
  if (it == by_name_.end()) return nullptr;
  recent_.splice(recent_.begin(), recent_, it->second);
  refill(*it->second);
  return &*it->second;
}

void RateBuckets::refill(Bucket& bucket) const {
  const auto now = clock_.now();
  if (now > bucket.at) {
    const double passed = static_cast<double>((now - bucket.at).count());
    bucket.tokens = std::min(size_, bucket.tokens + passed / static_cast<double>(refill_.count()));
  }
  bucket.at = now;
}

bool RateBuckets::take(std::string_view name) {
  const std::scoped_lock lock(mutex_);
  auto* bucket = find(name);
  if (!bucket) {
    if (recent_.size() >= max_tracked_) {
      by_name_.erase(recent_.back().name);
      recent_.pop_back();
    }
    recent_.push_front({std::string(name), size_, clock_.now()});
    by_name_.emplace(recent_.front().name, recent_.begin());
    bucket = &recent_.front();
  }
  if (bucket->tokens < 1) return false;
  bucket->tokens -= 1;
  return true;
}

bool RateBuckets::available(std::string_view name) {
  const std::scoped_lock lock(mutex_);
  const auto* bucket = find(name);
  return !bucket || bucket->tokens >= 1;
}

void RateBuckets::forget(std::string_view name) {
  const std::scoped_lock lock(mutex_);
  const auto it = by_name_.find(name);
  if (it == by_name_.end()) return;
  const auto bucket = it->second;
  by_name_.erase(it);
  recent_.erase(bucket);
}

}  // namespace cardea::identity
