#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "base/result.h"
#include "model/event.h"
#include "store/record.h"

namespace cardea::store {

// What a committed unit of work wrote. What is still to be waited for (K cells) follows from the classes of the keys:
// one place awaits it, store/durability.h.
struct CommitMark {
  struct Written {
    Key key;
    Stamp stamp;           // the highest of the groups that changed
    DataClass data_class;  // the most critical of them
    bool created = false;  // there was no such row before
  };
  std::vector<Written> written;
};

// One page of rows in the order of their ids.
struct Page {
  std::vector<Record> rows;
  std::string next;  // pass as `after` for the next page; empty on the last one
};

// Reads inside or outside of a unit of work. Expired and deleted rows are not found.
class Transaction {
 public:
  virtual ~Transaction() = default;

  // not_found. The row is locked until the end of the unit of work, where the engine has several writers.
  virtual base::Result<Record> get(const Key& key) = 0;
  virtual base::Result<std::vector<Record>> find(const model::TenantId& tenant, Kind kind, std::string_view lookup,
                                                 std::string_view value, std::size_t limit) = 0;
  // As Database::page: live rows of a kind by id. For kinds of which a tenant has few.
  virtual base::Result<Page> page(const model::TenantId& tenant, Kind kind, std::string_view after,
                                  std::size_t limit) = 0;

  // The key of a row that is yet to be put, with an id made by chance: nobody looks whether it is there.
  virtual Key new_key(const model::TenantId& tenant, Kind kind) = 0;

  // Inserts or overwrites. Groups that differ from the stored row get a new stamp: max(now, overwritten + 1); a row
  // without a difference is not written. A group that is absent in `record` but stored is removed (its stamp stays).
  // conflict: the row was deleted, or `record.stamps` are not those stored (somebody wrote since it was read).
  virtual base::Result<void> put(Record record) = 0;
  // Takes over what another store knows of the row, stamps and all (store/merge.h). Gives whether anything changed
  // here. `from`: the cell that sent it; it is not told of the row again when what stands here now is what it sent.
  // 0 = it wants to be told.
  virtual base::Result<bool> merge(const Record& theirs, model::CellNumber from) = 0;
  // Leaves a tombstone without content. not_found when there is no live row.
  virtual base::Result<void> erase(const Key& key) = 0;

  // Binds a unique name to a row (REPLICATION.md §2.6). already_exists: another live row holds it.
  virtual base::Result<void> claim(const model::TenantId& tenant, std::string_view attribute, std::string_view value,
                                   std::string_view row_id, bool verified) = 0;
  // Nothing happens when `row_id` does not hold it.
  virtual base::Result<void> release(const model::TenantId& tenant, std::string_view attribute, std::string_view value,
                                     std::string_view row_id) = 0;
  // The row that holds the name. not_found.
  virtual base::Result<std::string> holder(const model::TenantId& tenant, std::string_view attribute,
                                           std::string_view value) = 0;

  // As Database::set_cursor(), with what the unit of work writes.
  virtual base::Result<void> set_cursor(const std::string& follower, Lane lane, std::uint64_t lseq) = 0;

  virtual void append_event(model::Event event) = 0;
  virtual void enqueue(model::Job job) = 0;

  // One reading of the clock for the whole unit of work.
  virtual base::Time now() const = 0;
};

// One entry of the change feed (REPLICATION.md §2.3): the row has changed, look at it.
struct FeedEntry {
  Lane lane;
  std::uint64_t lseq;
  Key key;
};

// Rows behind entries of the feed, as another cell is told of them (REPLICATION.md §2.3).
struct Change {
  std::uint64_t lseq;
  model::CellNumber via;  // the cell that has sent exactly this state; 0 = none has
  Record row;             // as it stands; a tombstone or an expired row too
};
struct Changes {
  std::vector<Change> rows;
  std::uint64_t last = 0;  // everything up to here is among `rows` or has moved on
  std::uint64_t head = 0;  // of the lane, at that moment
};

// What has changed by a commit of this node; called after the commit, before the writer is answered, on the writer's
// thread: it must be quick and not throw.
using CommitListener = std::function<void(const CommitMark&)>;

// A backend: memory, SQLite … Each must pass tests/store_contract. Safe to call from any executor; awaitables complete
// on the caller's. Every method may also give unavailable.
class Database {
 public:
  virtual ~Database() = default;

  // The body of a unit of work: all or nothing. It runs on a thread of the backend, perhaps more than once, and so must
  // have no effect but through the transaction. It must not block. Results travel out through what it captures by
  // reference; the caller awaits at once, so that stays alive.
  using Body = std::function<base::Result<void>(Transaction&)>;

  // Durable when it returns. The body's own error comes back as it is, with nothing written. read_only: a standby.
  virtual base::awaitable<base::Result<CommitMark>> write(Body body) = 0;

  virtual base::awaitable<base::Result<Record>> get(Key key) = 0;
  virtual base::awaitable<base::Result<std::vector<Record>>> find(model::TenantId tenant, Kind kind,
                                                                  std::string_view lookup, std::string value,
                                                                  std::size_t limit) = 0;
  // Live rows of a kind by id, `limit` ≤ 1000 at once; `after` = "" from the start.
  virtual base::awaitable<base::Result<Page>> page(model::TenantId tenant, Kind kind, std::string after,
                                                   std::size_t limit) = 0;
  // How many live rows there are.
  virtual base::awaitable<base::Result<std::uint64_t>> count(model::TenantId tenant, Kind kind) = 0;
  virtual base::awaitable<base::Result<std::string>> holder(model::TenantId tenant, std::string attribute,
                                                            std::string value) = 0;

  // The events of a tenant, newest first, with seq < `before` (0 = from the newest) or, oldest first, > `after`.
  virtual base::awaitable<base::Result<std::vector<model::Event>>> events_before(model::TenantId tenant,
                                                                                 std::uint64_t before,
                                                                                 std::size_t limit) = 0;
  virtual base::awaitable<base::Result<std::vector<model::Event>>> events_after(model::TenantId tenant,
                                                                                std::uint64_t after,
                                                                                std::size_t limit) = 0;
  // Of all tenants, for followers with a cursor.
  virtual base::awaitable<base::Result<std::vector<model::Event>>> all_events_after(std::uint64_t after,
                                                                                    std::size_t limit) = 0;

  // Feed entries of the lane with lseq > since, in order. Nothing committed is ever skipped.
  virtual base::awaitable<base::Result<std::vector<FeedEntry>>> feed(Lane lane, std::uint64_t since,
                                                                     std::size_t limit) = 0;
  // The rows of the entries with lseq > since, in order, as one moment left them: `most` at most, and no more after
  // `bytes` of them.
  virtual base::awaitable<base::Result<Changes>> changes(Lane lane, std::uint64_t since, std::size_t most,
                                                         std::size_t bytes) = 0;
  // The position of the newest entry; 0 when there is none yet.
  virtual base::awaitable<base::Result<std::uint64_t>> feed_head(Lane lane) = 0;
  // Durable position of a named follower of this cell. 0 when it never stored one.
  virtual base::awaitable<base::Result<std::uint64_t>> cursor(std::string follower, Lane lane) = 0;
  virtual base::awaitable<base::Result<void>> set_cursor(std::string follower, Lane lane, std::uint64_t lseq) = 0;

  // Takes up to `limit` due jobs of the queue for `lease`; another worker gets them again when they are neither
  // finished nor postponed by then. `attempts` has been counted up.
  virtual base::awaitable<base::Result<std::vector<model::Job>>> take_jobs(std::string queue, base::Duration lease,
                                                                           std::size_t limit) = 0;
  virtual base::awaitable<base::Result<void>> finish_job(std::uint64_t id) = 0;
  virtual base::awaitable<base::Result<void>> postpone_job(std::uint64_t id, base::Time run_at) = 0;

  // Removes up to `limit` rows whose expires_at passed an hour ago, with their feed entries: nobody finds them any more
  // (REPLICATION.md §2.8). Gives how many there were; equal to `limit` means that there may be more.
  virtual base::awaitable<base::Result<std::size_t>> sweep_expired(std::size_t limit) = 0;

  // Removes up to `limit` of the oldest events that are from before `before`, and gives how many there were. Their
  // numbers are never given again.
  virtual base::awaitable<base::Result<std::size_t>> forget_events(base::Time before, std::size_t limit) = 0;

  // Asks the engine whether it takes no writes now: a replica, as long as it is one.
  virtual base::awaitable<base::Result<bool>> refuses_writes() { co_return false; }
  // Whether this cell is in read-only mode: logins go on, all other writes give read_only. Safe from any thread.
  virtual bool is_read_only() const { return false; }

  // Hears of every later commit of this process. Listeners live until after the database is closed.
  virtual void on_commit(CommitListener listener) = 0;

  // `hear` is called, from any thread, when another node may have changed something that nodes keep in memory. Not
  // every engine can tell, and none promises to; the feed does.
  virtual void on_news(std::function<void()> hear) { (void)hear; }

  // Identity of the cell, kept in the store from its first start.
  virtual model::CellNumber cell() const = 0;
  virtual std::string incarnation() const = 0;

  // Does a read and a durable write of its own row, for /health.
  virtual base::awaitable<base::Result<void>> check() = 0;
};

}  // namespace cardea::store
