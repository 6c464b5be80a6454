#pragma once

#include <cstddef>

#include "base/async.h"
#include "base/result.h"
#include "store/database.h"

namespace cardea::store {

// What other cells have confirmed (REPLICATION.md §2.1). Replication implements it.
class Receipts {
 public:
  virtual ~Receipts() = default;

  // How many cells outside of this one must have applied a change of the class before it is acknowledged: min(K, cells
  // that could), 0 where the class does not wait.
  virtual std::size_t required(DataClass data_class) const = 0;

  // Waits until as many cells report that they durably applied all these (key, stamp). unconfirmed: not in time, and
  // the class refuses then; the change stands here and will replicate. A class that degrades succeeds.
  virtual base::awaitable<base::Result<void>> await_applied(CommitMark mark, std::size_t cells) = 0;
};

// The one place that awaits what the class of a write demands. Whoever answers a client after a write passes the
// write's mark through here first. Safe from any executor.
class Durability {
 public:
  // A single cell: what its database has committed is durable.
  Durability() = default;
  // `receipts` must outlive it.
  explicit Durability(Receipts& receipts) : receipts_(&receipts) {}

  // unconfirmed. The mark of a unit of work that wrote nothing needs nothing.
  base::awaitable<base::Result<void>> confirm(CommitMark mark);

 private:
  Receipts* receipts_ = nullptr;
};

}  // namespace cardea::store
