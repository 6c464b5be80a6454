#pragma once

#include <string>
#include <vector>

#include "replicate/cell.h"

namespace cardea::replicate {

// A store that was set back to an earlier moment (a restored disk, a database that failed over to a replica that
// lagged) has lost what its peers have of it, and its feed would give numbers twice. A peer that has applied more of
// the feed than there is gives it away. Then the store gets a new name, so that everybody begins anew with it, and it
// takes no writes until those peers who can be reached have given it everything that they have, also what it had once
// written itself (REPLICATION.md §2.9). One executor.
class Recovery {
 public:
  struct Peer {
    model::CellNumber number = 0;
    std::string incarnation;  // of its store, as it said last
    bool connected = false;   // it is followed now
  };

  // `cell` must outlive it.
  explicit Recovery(const Cell& cell) : cell_(cell) {}

  // Goes on with one that has not come to its end before the process ended.
  base::awaitable<base::Result<void>> resume();
  // `said`: the incarnation that the peer's position is in. Whether it began: all connections are to be made anew.
  base::awaitable<base::Result<bool>> begin(model::CellNumber told_by, std::string said);
  // Ends it when all of the peers that are connected have given everything.
  base::awaitable<base::Result<void>> look(std::vector<Peer> peers);

  bool going_on() const { return going_on_; }

 private:
  base::awaitable<base::Result<bool>> is_complete(const Peer& peer);
  base::awaitable<base::Result<void>> mark(bool going_on);

  const Cell& cell_;
  bool going_on_ = false;
};

}  // namespace cardea::replicate
