#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "replicate/cell.h"
#include "replicate/wire/mesh.pb.h"

namespace cardea::replicate {

// Takes batches of a peer over into our store (REPLICATION.md §2.4). One executor.
class Applier {
 public:
  struct Outcome {
    std::uint64_t rows = 0;     // of the batch
    std::uint64_t changed = 0;  // those that changed something here
    std::uint64_t refused = 0;  // those that could not be taken; the others were
  };

  // `follower` names the peer and the incarnation of its store: positions in its feed are kept under it.
  Applier(const Cell& cell, model::CellNumber peer, std::string follower, store::Lane lane)
      : cell_(cell), peer_(peer), follower_(std::move(follower)), lane_(lane) {}

  // How far the peer's feed has been applied.
  base::awaitable<base::Result<std::uint64_t>> position();
  // Durable when it returns, position and all. The same batch again changes nothing. A row that is broken is passed
  // over, for the others must not wait for it: among them may be a revocation.
  base::awaitable<base::Result<Outcome>> apply(const mesh::Batch& batch);

 private:
  using Rows = std::vector<store::Record>;

  Rows read_rows(const mesh::Batch& batch, Outcome& outcome);
  base::awaitable<base::Result<std::uint64_t>> write(const Rows& rows, std::uint64_t position);
  base::awaitable<base::Result<void>> write_each(const Rows& rows, std::uint64_t position, Outcome& outcome);
  void refuse(const store::Key& key, const std::string& reason, Outcome& outcome);

  const Cell& cell_;
  const model::CellNumber peer_;
  const std::string follower_;
  const store::Lane lane_;
};

}  // namespace cardea::replicate
