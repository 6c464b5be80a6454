#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "identity/tenant_snapshot.h"

namespace cardea::identity {

// A snapshot in memory, with what its keepers know about it.
struct CachedTenant {
  explicit CachedTenant(TenantPtr tenant) : snapshot(std::move(tenant)) {}

  const TenantPtr snapshot;
  std::atomic<std::uint64_t> used{0};  // load epoch of the last use: the order in which snapshots are forgotten
  bool outdated = false;               // guarded by the directory's mutex
  base::Time retry_at{};               // outdated, and the store did not answer: not before then. Guarded as well
};

// The first look of every request: name → snapshot, in one small table per thread, so that no two threads share a cache
// line or a lock. A table is thrown away as a whole when `invalidate()` was called since it was filled; that is cheap,
// as it is filled again from the directory's own tables in memory. Safe from any thread.
class TenantCache {
 public:
  TenantCache();

  // nullptr: not here.
  TenantPtr find(std::string_view name) const;
  // What was put beside exactly this snapshot; nullopt: not here.
  std::optional<TenantAddress> address(std::string_view name, const TenantSnapshot& snapshot) const;
  // Read it before the directory's tables are, and hand it to put().
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }
  // Nothing happens when invalidate() was called since `version` was read.
  void put(std::string_view name, const std::shared_ptr<CachedTenant>& tenant, TenantAddress address,
           std::uint64_t version);
  void invalidate() { version_.fetch_add(1, std::memory_order_acq_rel); }

  std::uint64_t epoch() const { return epoch_.load(std::memory_order_relaxed); }
  void next_epoch() { epoch_.fetch_add(1, std::memory_order_relaxed); }

 private:
  struct Entry {
    std::shared_ptr<CachedTenant> tenant;
    TenantAddress address;
  };
  struct alignas(64) Table {
    std::mutex mutex;  // one thread's own but for threads beyond the number of tables, so it is hardly ever waited for
    std::uint64_t version = 0;
    ByName<Entry> by_name;
  };

  Table& mine() const;

  std::unique_ptr<Table[]> tables_;
  std::atomic<std::uint64_t> version_{1};
  std::atomic<std::uint64_t> epoch_{1};
};

}  // namespace cardea::identity
