#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/mesh_store.h"
#include "store/rows.h"
#include "store/sql/kept_query.h"
#include "store/sql/outbox.h"
#include "store/sql/row_inserts.h"
#include "store/sql/sql_feed.h"
#include "store/sql/sql_journal.h"
#include "store/sql/sql_peer_tables.h"

namespace cardea::store {

// The record tables on one session, and the feed, the journal and what is kept of peers beside them. Where the engine
// has several writers, it is away over a socket, and what a unit of work inserts waits for finish(), so that many rows
// go at once. One thread. Throws soci::soci_error.
class SqlRows final : public Rows, public PeerTables {
 public:
  // The only writer numbers what it announces and appends.
  explicit SqlRows(const SqlLink& link) : link_(link), feed_(link), journal_(link), peers_(link) {}
  // One of several writers leaves it to those who read. Both must outlive it.
  SqlRows(const SqlLink& link, UlidSource& ulids, Outbox::Numbers numbers) : SqlRows(link) {
    outbox_.emplace(link, ulids, numbers);
  }

  std::optional<StoredRow> read(const Key& key) override;
  void write(const Key& key, const StoredRow& row, RowChange change) override;
  std::vector<IdentifiedRow> list(const model::TenantId& tenant, Kind kind, std::optional<std::size_t> lookup,
                                  std::string_view value, std::string_view after, base::Time now,
                                  std::size_t limit) override;
  void announce(Lane lane, const Key& key, model::CellNumber via) override;
  void set_cursor(const std::string& follower, Lane lane, std::uint64_t lseq) override;
  void append(const model::Event& event) override;
  void enqueue(const model::Job& job) override;

  void quarantine(const Quarantined& row) override;
  bool release(const std::string& slot) override;
  void acknowledge(const std::string& incarnation, const PeerAck& ack) override;
  bool forget_tombstone(const Key& key, const std::string& stamps,
                        const std::function<std::uint64_t(Lane)>& acknowledged) override;
  std::string renew_incarnation(const std::string& known, const std::string& next);

  // Ends a unit of work: before the commit, or after the rollback.
  void finish();
  void forget();

  // Within a snapshot.
  base::Result<Changes> changes(Lane lane, std::uint64_t since, std::size_t most, std::size_t bytes);
  std::vector<RowVersion> versions(Kind kind, std::string tenant, std::string id, std::size_t limit);
  base::Result<std::vector<Record>> stored(const std::vector<Key>& keys);
  std::uint64_t count(const model::TenantId& tenant, Kind kind, base::Time now);
  std::size_t sweep(base::Time expired_before, std::size_t limit);

  SqlFeed& feed() { return feed_; }
  SqlJournal& journal() { return journal_; }
  SqlPeerTables& peers() { return peers_; }
  // Of one of several writers.
  Outbox& outbox() { return outbox_.value(); }

  // Whether read() and list() lock the rows, where the engine has several writers: within a unit of work.
  void lock_reads(bool lock) { lock_reads_ = lock; }

  // Called before the first change of a unit of work, for its savepoint.
  void before_change(std::function<void()> callback) { before_change_ = std::move(callback); }

 private:
  struct Table;
  struct TableDeleter {
    void operator()(Table* table) const;
  };

  Table& table(Kind kind);
  void insert(Table& to, const Key& key, const StoredRow& row);
  void write_waiting(RowInserts& inserts);
  void changing() {
    if (before_change_) before_change_();
  }

  const SqlLink link_;
  SqlFeed feed_;
  SqlJournal journal_;
  SqlPeerTables peers_;
  std::optional<Outbox> outbox_;
  bool lock_reads_ = false;
  std::vector<RowInserts*> waiting_;                             // those with rows, in the order of the first of them
  std::array<std::unique_ptr<Table, TableDeleter>, 32> tables_;  // by kind, made at first use
  std::function<void()> before_change_;
};

}  // namespace cardea::store
