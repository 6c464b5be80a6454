#include "store/sql/statement_watch.h"

namespace cardea::store {

void SlowStatements::note(std::string_view sql, std::chrono::nanoseconds took) {
  metrics_.slow_statement();
  const auto now = clock_.steady();
  std::uint64_t count = 0;
  {
    const std::scoped_lock lock(mutex_);
    auto found = seen_.find(sql);
    if (found == seen_.end()) found = seen_.emplace(std::string(sql), Seen{}).first;
    auto& seen = found->second;
    count = ++seen.count;
    if (count > 1 && now - seen.logged < std::chrono::minutes{1}) return;
    seen.logged = now;
  }
  log_.warn("store: a slow statement",
            {{"statement", sql}, {"duration_ms", took / std::chrono::milliseconds{1}}, {"count", count}});
}

std::uint64_t SlowStatements::count(std::string_view sql) const {
  const std::scoped_lock lock(mutex_);
  const auto found = seen_.find(sql);
  return found == seen_.end() ? 0 : found->second.count;
}

}  // namespace cardea::store
