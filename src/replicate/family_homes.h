#pragma once

#include <functional>

#include "replicate/cell.h"
#include "replicate/control/control_view.h"
#include "replicate/wire/mesh.pb.h"
#include "store/refresh_families.h"

namespace cardea::replicate {

// Has refresh tokens used at the home of their family, in whichever cell that is (REPLICATION.md §2.11). Safe from any
// executor.
class HomesOfFamilies final : public store::FamilyHomes {
 public:
  // Asks a peer; unavailable: it is silent.
  using Ask = std::function<base::awaitable<base::Result<mesh::CallAnswer>>(model::CellNumber peer, mesh::Call question,
                                                                            base::Duration patience)>;
  // Whether this cell hears from most of the members.
  using InContact = std::function<base::awaitable<bool>()>;

  // `cell.database` is where rows of others go. All must outlive it.
  HomesOfFamilies(const Cell& cell, const ControlView& control, Ask ask, InContact in_contact)
      : cell_(cell),
        control_(control),
        families_(cell.database),
        ask_(std::move(ask)),
        in_contact_(std::move(in_contact)) {}

  base::awaitable<base::Result<store::RefreshFamilies::Decision>> decide(store::RefreshFamilies::Presented presented,
                                                                         store::RefreshFamilies::Use use) override;

  // The other side: a peer has been shown a token of a family of ours.
  base::awaitable<mesh::FamilyUsed> use_here(model::CellNumber peer, mesh::FamilyUse use);

 private:
  using Decision = store::RefreshFamilies::Decision;

  base::awaitable<base::Result<Decision>> ask_home(model::CellNumber home,
                                                   const store::RefreshFamilies::Presented& presented,
                                                   const store::RefreshFamilies::Use& use);
  base::awaitable<base::Result<Decision>> take(model::CellNumber home, const mesh::FamilyUsed& answer);

  const Cell& cell_;
  const ControlView& control_;
  store::RefreshFamilies families_;
  const Ask ask_;
  const InContact in_contact_;
};

}  // namespace cardea::replicate
