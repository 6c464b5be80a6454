#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"

namespace cardea::store {

// A row of a peer that could not be taken over here, as it came over the wire (REPLICATION.md §2.4).
struct Quarantined {
  std::string slot;  // names it. Of one row of one peer only what came last is kept
  model::CellNumber peer = 0;
  Lane lane = Lane::hot;
  std::string tenant, id;  // as far as they can be shown; "" when the row could not be read
  std::uint32_t kind = 0;
  std::string bytes;
  std::string reason;  // holds no value of the row
  base::Time at;       // when it came
  base::Time due;      // held back until then; Time{} = until the next start, or until somebody says so
};
struct QuarantineSize {
  std::uint64_t rows = 0;  // all of them
  std::uint64_t held = 0;  // those that wait for a time
};

// How far a peer has applied our feed, as it said itself.
struct PeerAck {
  model::CellNumber peer = 0;
  Lane lane = Lane::hot;
  std::uint64_t lseq = 0;
  base::Time at;

  bool operator==(const PeerAck&) const = default;
};

// A row without its content: what stands here, to be compared with what stands elsewhere.
struct RowVersion {
  model::TenantId tenant;
  std::string id;
  std::string stamps;  // text: write_stamps()
  bool deleted = false;
  std::int64_t expires_at = 0;  // ms, 0 = never
};

// What the mesh keeps beside the rows, written in one transaction with them. Within a unit of work.
class PeerTables {
 public:
  virtual ~PeerTables() = default;

  // Overwrites what is in the slot.
  virtual void quarantine(const Quarantined& row) = 0;
  // Whether it was there.
  virtual bool release(const std::string& slot) = 0;
  virtual void acknowledge(const std::string& incarnation, const PeerAck& ack) = 0;
  // Removes the tombstone and its entries in the feed, unless it has other stamps now or an entry is not below the end
  // that `acknowledged` gives for its lane. Whether it did.
  virtual bool forget_tombstone(const Key& key, const std::string& stamps,
                                const std::function<std::uint64_t(Lane)>& acknowledged) = 0;
};

// What a mesh of cells needs of a store, besides Database. Every engine that keeps a cell's own data has it. Safe to
// call from any executor; every method may give unavailable.
class MeshStore {
 public:
  virtual ~MeshStore() = default;

  // As Database::Body.
  using PeerBody = std::function<base::Result<void>(Transaction&, PeerTables&)>;
  // As Database::write(), also while writes are refused.
  virtual base::awaitable<base::Result<void>> apply(PeerBody body) = 0;

  // Rows of a kind in the order of (tenant, id) behind (tenant, id), tombstones and expired ones too. Fewer than
  // `limit`: these are the last.
  virtual base::awaitable<base::Result<std::vector<RowVersion>>> versions(Kind kind, model::TenantId tenant,
                                                                          std::string id, std::size_t limit) = 0;
  // As they stand, tombstones and expired ones too; those that are not there are left out.
  virtual base::awaitable<base::Result<std::vector<Record>>> stored(std::vector<Key> keys) = 0;

  // By slot, behind `after`.
  virtual base::awaitable<base::Result<std::vector<Quarantined>>> quarantined(std::string after, std::size_t limit) = 0;
  // Those whose time has come.
  virtual base::awaitable<base::Result<std::vector<Quarantined>>> quarantined_due(base::Time now,
                                                                                  std::size_t limit) = 0;
  virtual base::awaitable<base::Result<QuarantineSize>> quarantine_size() = 0;

  // What peers have said of the feed of this incarnation.
  virtual base::awaitable<base::Result<std::vector<PeerAck>>> acknowledgements() = 0;

  // Another name for this store, since its feed has lost entries: nobody goes on in it. When another node of the cell
  // was faster its name is taken. `known`: the one that has lost them. Gives the name that holds from now on.
  virtual base::awaitable<base::Result<std::string>> renew_incarnation(std::string known, std::string next) = 0;

  // Units of work of this node give read_only as long as it is so; what peers send is taken.
  void refuse_writes(bool refuse) { refuses_ = refuse; }
  bool writes_refused() const { return refuses_; }

 private:
  std::atomic<bool> refuses_ = false;
};

inline constexpr std::string_view kWritesRefused =
    "this store was rolled back: it takes no writes until its peers have given back what it lacks";

// That of an engine; nullptr: `database` only stands before others.
MeshStore* mesh_store_of(Database& database);

}  // namespace cardea::store
