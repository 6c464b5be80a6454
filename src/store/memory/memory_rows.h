#pragma once

#include <array>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "store/database.h"
#include "store/mesh_store.h"
#include "store/rows.h"

namespace cardea::store {

// The tables of the memory engine, with an undo log for the open transaction. Not safe by itself: one lock around all.
class MemoryRows final : public Rows, public PeerTables {
 public:
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

  // Without a trace. Whether it was there.
  bool lose(const Key& key);

  void commit() { undo_.clear(); }
  void roll_back();

  std::uint64_t count(const model::TenantId& tenant, Kind kind, base::Time now) const;
  std::vector<RowVersion> versions(Kind kind, const std::string& tenant, const std::string& id, std::size_t limit);
  std::vector<FeedEntry> feed(Lane lane, std::uint64_t since, std::size_t limit) const;
  base::Result<Changes> changes(Lane lane, std::uint64_t since, std::size_t most, std::size_t bytes);
  std::uint64_t feed_head(Lane lane) const { return lanes_[static_cast<std::size_t>(lane)].next - 1; }
  // Of one tenant, or of all when it is nullptr.
  std::vector<model::Event> events_after(const model::TenantId* tenant, std::uint64_t after, std::size_t limit) const;
  std::vector<model::Event> events_before(const model::TenantId& tenant, std::uint64_t before, std::size_t limit) const;
  std::size_t sweep(base::Time expired_before, std::size_t limit);
  std::size_t forget_events(base::Time before, std::size_t limit);

  std::map<std::uint64_t, model::Job> jobs;
  std::map<std::pair<std::string, Lane>, std::uint64_t> cursors;
  std::map<std::string, Quarantined> quarantined;                                        // by slot
  std::map<std::tuple<std::string, model::CellNumber, Lane>, PeerAck> acknowledgements;  // by incarnation first

 private:
  using TableKey = std::pair<std::string, std::string>;  // tenant, id
  using Table = std::map<TableKey, StoredRow>;
  struct Place {
    std::uint64_t lseq = 0;  // 0 = none
    model::CellNumber via = 0;
  };
  struct LaneFeed {
    std::map<std::uint64_t, Key> by_lseq;
    std::map<Key, Place> by_key;
    std::uint64_t next = 1;
  };

  Table& table(Kind kind) { return tables_[kind]; }
  void replace(const Key& key, const StoredRow* row);
  void index(const Key& key, const StoredRow& row, bool add);
  void move_in_feed(Lane lane, const Key& key, Place to);

  std::map<Kind, Table> tables_;
  // (kind, lookup, tenant, value, id)
  std::set<std::tuple<Kind, std::size_t, std::string, std::string, std::string>> by_lookup_;
  std::array<LaneFeed, 2> lanes_;
  std::map<std::uint64_t, model::Event> events_;  // bodies as they read back
  std::uint64_t next_event_ = 1;
  std::uint64_t next_job_ = 1;
  std::vector<std::function<void()>> undo_;
};

}  // namespace cardea::store
