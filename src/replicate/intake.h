#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "replicate/cell.h"
#include "store/mesh_store.h"

namespace cardea::replicate {

// A stamp that is further ahead of our clock is not taken before its time (REPLICATION.md §2.2): one of those would
// carry our own clock away.
inline constexpr base::Duration kMostAhead{5'000};

// Takes rows of one peer over into our store, as they came over the wire, whatever brought them. Nothing about them is
// believed: what cannot be taken is put into the quarantine, and the others do not wait for it. One executor.
class Intake {
 public:
  struct Outcome {
    std::uint64_t rows = 0;
    std::uint64_t changed = 0;  // those that changed something here
    std::uint64_t refused = 0;  // those that are in the quarantine now, and
    std::uint64_t held = 0;     // those that wait there for their time

    void operator+=(const Outcome& more);
  };
  struct Position {
    std::string follower;
    std::uint64_t lseq = 0;
  };

  // `cell` must outlive it.
  Intake(const Cell& cell, model::CellNumber peer, store::Lane lane) : cell_(cell), peer_(peer), lane_(lane) {}

  // Durable when it returns, with the quarantine and the position, all in one transaction. The same rows again change
  // nothing.
  base::awaitable<base::Result<Outcome>> take(std::vector<std::string> rows, std::optional<Position> position);

  // Tries a row of the quarantine again. Whether it was taken; else it stays there.
  base::awaitable<base::Result<bool>> retry(store::Quarantined row);

 private:
  struct Item {
    std::string bytes;
    std::optional<store::Record> record;            // what can be tried
    std::optional<store::Quarantined> quarantined;  // what cannot, or could not
    std::string slot;
  };
  using Items = std::vector<Item>;

  Item examine(std::string bytes) const;
  store::Quarantined refusal(const Item& item, std::string reason) const;
  base::Result<std::uint64_t> write(store::Transaction& transaction, store::PeerTables& tables, Items& items) const;
  base::awaitable<base::Result<std::uint64_t>> write_all(Items& items, const std::optional<Position>& position);
  base::awaitable<base::Result<std::uint64_t>> write_each(Items& items, const std::optional<Position>& position);
  base::awaitable<base::Result<void>> look_into_quarantine();
  void report(const Items& items, Outcome& outcome);

  const Cell& cell_;
  const model::CellNumber peer_;
  const store::Lane lane_;
  std::optional<bool> any_quarantined_;  // whether what comes may make something there void
};

}  // namespace cardea::replicate
