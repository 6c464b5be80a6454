#pragma once

#include <map>
#include <mutex>

#include "replicate/control/control_view.h"
#include "store/database.h"

namespace cardea::replicate {

// Control by operators (`control.mode = "static"`): the members are those of the topology, and a cell is down when
// somebody has marked it so. Marks are rows that replicate, so one cell is told and all know.
class StaticControl final : public ControlView {
 public:
  // `self`: the cell that asks.
  StaticControl(Topology topology, model::CellNumber self) : topology_(std::move(topology)), self_(self) {}

  MemberState state(model::CellNumber cell) const override;
  std::uint64_t epoch() const override;
  std::vector<model::CellNumber> others() const override;

  // Reads the marks. To be called again and again, by one caller.
  base::awaitable<base::Result<void>> refresh(store::Database& database);

 private:
  const Topology topology_;
  const model::CellNumber self_;
  mutable std::mutex mutex_;
  std::map<model::CellNumber, MemberState> marks_;
  std::uint64_t epoch_ = 0;
};

// Marks a cell. Gives the epoch of the decision; the same one again when nothing changed.
base::awaitable<base::Result<std::uint64_t>> mark_member(store::Database& database, model::CellNumber cell,
                                                         MemberState state);

}  // namespace cardea::replicate
