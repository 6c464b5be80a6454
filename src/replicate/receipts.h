#pragma once

#include <map>
#include <vector>

#include "model/ids.h"
#include "store/record.h"

namespace cardea::replicate {

// What a batch carried of each row: the highest of its stamps. A write stamps a row above everything that it holds, so
// a row whose highest stamp is that of a write, or above, was read after it (REPLICATION.md §2.1).
struct Carried {
  store::Key key;
  store::Stamp highest;
};

// Hears which rows a peer has durably applied. Safe from any thread; does not block.
class ReceiptListener {
 public:
  virtual ~ReceiptListener() = default;
  virtual void applied(model::CellNumber peer, store::Lane lane, const std::vector<Carried>& rows) = 0;
};

}  // namespace cardea::replicate
