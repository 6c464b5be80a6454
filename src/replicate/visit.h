#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "replicate/anti_entropy.h"
#include "replicate/dialer.h"
#include "replicate/puller.h"
#include "replicate/receipts.h"

namespace cardea::replicate {

// How far two cells are with each other.
struct PeerStanding {
  struct Lane {
    std::uint64_t applied_here = 0, head_there = 0;
    std::uint64_t applied_there = 0, head_here = 0;
  };
  Lane hot, bulk;
  std::uint64_t quarantined_there = 0;
};
// What an exchange has brought, of both lanes.
struct Exchanged {
  std::uint64_t received = 0, changed = 0, refused = 0, held = 0;
  std::uint64_t sent = 0;
};

// Somebody of this cell who comes by at a peer and goes again: for commands, beside the nodes of the cell or without
// any. One executor.
class Visit final : private ReceiptListener {
 public:
  // All must outlive it; `context` is run by somebody else.
  Visit(const Cell& cell, const Topology& topology, MeshTls& tls, boost::asio::io_context& context)
      : cell_(cell), dialer_(cell, topology, tls, context, open_) {}

  base::awaitable<base::Result<PeerStanding>> standing(const Member& peer);
  // Takes over what the peer has, and gives it what it lacks of ours, until both are at the end. unavailable: it did
  // not come to that. conflict: the peer has more of our feed than there is, so this store was set back: a node must
  // run.
  base::awaitable<base::Result<Exchanged>> exchange(const Member& peer);
  // Only the first half.
  base::awaitable<base::Result<Exchanged>> pull(const Member& peer);
  // Of all kinds. Those that are not done are named by an error in their place.
  base::awaitable<std::vector<base::Result<Compared>>> compare(const Member& peer);

 private:
  void applied(model::CellNumber, store::Lane, const std::vector<Carried>& rows) override { sent_ += rows.size(); }

  base::awaitable<base::Result<Dialer::Connection>> dial(const Member& peer, Errand errand, bool feeds = false);
  base::awaitable<base::Result<void>> pull(const Member& peer, store::Lane lane, Exchanged& out);
  base::awaitable<base::Result<void>> feed(const Member& peer, store::Lane lane);
  base::awaitable<base::Result<Compared>> compare(const Member& peer, const Dialer::Connection& connection,
                                                  store::Kind kind);
  base::awaitable<base::Result<Dialer::Connection>> pull_and_dial(const Member& peer);
  // Closes the channel when `ready` says so, or when nothing has moved for long.
  base::awaitable<void> close_when(std::function<bool()> ready, std::function<std::uint64_t()> progress,
                                   Channel& channel, const bool& ended);

  const Cell& cell_;
  std::set<Channel*> open_;
  Dialer dialer_;
  std::uint64_t sent_ = 0;
};

}  // namespace cardea::replicate
