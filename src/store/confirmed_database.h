#pragma once

#include <memory>

#include "store/durability.h"
#include "store/forwarding_database.h"

namespace cardea::store {

// A database whose write() returns when as many other cells have the change as its class demands (REPLICATION.md §2.1).
// unconfirmed: not in time; the change stands and will replicate, so the outcome is indeterminate.
class ConfirmedDatabase final : public ForwardingDatabase {
 public:
  explicit ConfirmedDatabase(std::unique_ptr<Database> own) : ForwardingDatabase(*own), own_(std::move(own)) {}

  // From now on writes wait for them. Before several threads write; `receipts` must outlive the last write.
  void await(Receipts& receipts) { durability_ = Durability(receipts); }

  base::awaitable<base::Result<CommitMark>> write(Body body) override;

  // The database itself, which waits for nobody: what comes from other cells is written here.
  Database& own() { return *own_; }

 private:
  const std::unique_ptr<Database> own_;
  Durability durability_;
};

}  // namespace cardea::store
