#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "store/claims.h"
#include "store/database.h"
#include "store/hybrid_clock.h"
#include "store/row_text.h"
#include "store/rows.h"

namespace cardea::store {

// The rules of a unit of work, the same on every engine: versions, stamps, tombstones, claims, lanes. One is made for
// each run of a body and dies before its transaction ends. One thread.
class UnitOfWork final : public Transaction {
 public:
  struct Tools {
    HybridClock& hlc;
    const TenantKeys& keys;
    base::Random& ids;    // of the ULIDs of rows and attempts; used by one thread at a time
    bool import = false;  // Surroundings::import
  };

  UnitOfWork(Rows& rows, Tools tools, base::Time now) : rows_(rows), tools_(tools), now_(now) {}

  base::Result<Record> get(const Key& key) override;
  base::Result<std::vector<Record>> find(const model::TenantId& tenant, Kind kind, std::string_view lookup,
                                         std::string_view value, std::size_t limit) override;
  base::Result<Page> page(const model::TenantId& tenant, Kind kind, std::string_view after, std::size_t limit) override;
  Key new_key(const model::TenantId& tenant, Kind kind) override;
  base::Result<void> put(Record record) override;
  base::Result<bool> merge(const Record& theirs, model::CellNumber from) override;
  base::Result<void> erase(const Key& key) override;
  base::Result<void> claim(const model::TenantId& tenant, std::string_view attribute, std::string_view value,
                           std::string_view row_id, bool verified) override;
  base::Result<void> release(const model::TenantId& tenant, std::string_view attribute, std::string_view value,
                             std::string_view row_id) override;
  base::Result<std::string> holder(const model::TenantId& tenant, std::string_view attribute,
                                   std::string_view value) override;
  base::Result<void> set_cursor(const std::string& follower, Lane lane, std::uint64_t lseq) override;
  void append_event(model::Event event) override;
  void enqueue(model::Job job) override;
  base::Time now() const override { return now_; }

  // What the unit wrote, in the order of the first writes.
  CommitMark mark() && { return std::move(mark_); }

 private:
  struct Cached {
    bool existed = false;  // in any form, also as a tombstone
    Record record;
    std::optional<std::size_t> written;  // where it is in the mark
  };
  struct Difference;

  base::Result<Cached*> load(const Key& key);
  Cached& absent(const Key& key);
  bool live(const Cached& cached) const;
  base::Result<Record> claim_row(const model::TenantId& tenant, std::string_view attribute, std::string_view value);
  Stamp stamp_over(Stamp overwritten);
  void compare(const Record& stored, const Record& next, Difference& difference) const;
  base::Result<void> store(Cached& cached, Record next, const Difference& difference);
  base::Result<void> write(Cached& cached, Record next, Stamp highest, const Difference& difference);
  void announce(const Key& key, const Difference& difference);
  void note(Cached& cached, Stamp stamp, DataClass data_class, bool created);

  Rows& rows_;
  const Tools tools_;
  const base::Time now_;
  std::optional<Stamp> reading_;  // of the hybrid clock, the same for all groups of the unit
  std::map<Key, Cached> cache_;
  CommitMark mark_;
};

// Those of a list of stored rows. unavailable: a damaged one.
base::Result<std::vector<Record>> read_rows(const model::TenantId& tenant, Kind kind, std::vector<IdentifiedRow> rows);
// From `limit` + 1 rows: whether there is a next page shows in the last.
base::Result<Page> read_page(const model::TenantId& tenant, Kind kind, std::vector<IdentifiedRow> rows,
                             std::size_t limit);
// The index of a lookup by its name. A name that the kind does not have is a bug (std::invalid_argument).
std::size_t lookup_index(Kind kind, std::string_view lookup);
// What the row is found by, in the order of the schema; empty = not found by it.
std::array<std::string, 3> lookup_values(const KindSchema& schema, const Record& record);
// The most rows that a list gives at once.
inline constexpr std::size_t kMaxRows = 1000;

}  // namespace cardea::store
