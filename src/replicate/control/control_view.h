#pragma once

#include <cstdint>
#include <vector>

#include "model/ids.h"
#include "replicate/topology.h"

namespace cardea::replicate {

// What control has decided about a cell (REPLICATION.md §4). Not what this node sees of it.
enum class MemberState { active, down };

// Who is a member, and who is lost, as control has decided (REPLICATION.md §1, class K). Everything that needs to know
// asks here; only who implements it moves roles. Safe from any thread, does not block.
class ControlView {
 public:
  virtual ~ControlView() = default;

  // active: one that is not a member too, for there is nothing to say of it.
  virtual MemberState state(model::CellNumber cell) const = 0;
  // Grows with every decision.
  virtual std::uint64_t epoch() const = 0;
  // Members that are not down, without this cell.
  virtual std::vector<model::CellNumber> others() const = 0;
};

}  // namespace cardea::replicate
