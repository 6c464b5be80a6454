#pragma once

#include <vector>

#include "replicate/cell.h"
#include "store/kind.h"

namespace cardea::replicate {

// A comparison of a kind with a peer that began at `began` has come to its end, and nothing is missing here any more.
base::awaitable<base::Result<void>> note_comparison(const Cell& cell, model::CellNumber peer, store::Kind kind,
                                                    base::Time began);

// Removes tombstones that nobody needs any more (REPLICATION.md §2.8): older than `age`, which is a day at least and
// above the age of every backup that may still be restored; known to each of `peers` by its own word; and a comparison
// with each of them has been passed since. A deleted row then cannot come back from anywhere. Gives how many there
// were; it ends soon when `stop` is set, which must outlive it.
base::awaitable<base::Result<std::uint64_t>> collect_tombstones(const Cell& cell, std::vector<model::CellNumber> peers,
                                                                base::Duration age, const bool& stop);

}  // namespace cardea::replicate
