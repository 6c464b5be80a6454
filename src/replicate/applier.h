#pragma once

#include <cstdint>
#include <string>

#include "replicate/intake.h"
#include "replicate/wire/mesh.pb.h"

namespace cardea::replicate {

// Takes batches of a peer's feed over into our store (REPLICATION.md §2.4). One executor.
class Applier {
 public:
  using Outcome = Intake::Outcome;

  // `follower` names the peer and its store: positions in its feed are kept under it. `cell` must outlive it.
  Applier(const Cell& cell, model::CellNumber peer, std::string follower, store::Lane lane)
      : cell_(cell), follower_(std::move(follower)), lane_(lane), intake_(cell, peer, lane) {}

  // How far the peer's feed has been applied.
  base::awaitable<base::Result<std::uint64_t>> position();
  // Durable when it returns, position and all. The same batch again changes nothing.
  base::awaitable<base::Result<Outcome>> apply(const mesh::Batch& batch);

  // Whether this store has once had everything of the peer's feed, also what it had sent itself: it may have lost that.
  base::awaitable<base::Result<bool>> is_complete();
  base::awaitable<base::Result<void>> set_complete();

 private:
  const Cell& cell_;
  const std::string follower_;
  const store::Lane lane_;
  Intake intake_;
};

// Where is_complete() is kept, beside the position.
inline std::string completeness_of(const std::string& follower) { return follower + "#all"; }

}  // namespace cardea::replicate
