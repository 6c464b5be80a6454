#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "replicate/cell.h"
#include "replicate/channel.h"
#include "replicate/receipts.h"

namespace cardea::replicate {

// The lane of our feed to one peer over one connection: answers its Pull with Batches until the connection ends, and
// keeps how far the peer is. One executor.
class Feeder {
 public:
  // All must outlive it; `peer` is who the channel's other end has proven to be.
  Feeder(const Cell& cell, model::CellNumber peer, store::Lane lane, Channel& channel, ReceiptListener& receipts);

  // After the Hellos of both. Gives why it ended; the channel is closed then. conflict: the peer has applied more of
  // our feed than there is, so this store was set back (REPLICATION.md §2.9).
  base::awaitable<base::Error> run();

  // What the peer says that it has applied, and whether that is all of our feed.
  std::uint64_t applied() const { return applied_; }
  bool all_applied() const { return looked_ && in_flight_.empty() && applied_ == head_; }

 private:
  struct InFlight {
    std::uint64_t number;
    std::uint64_t last;
    std::vector<Carried> rows;
  };

  base::awaitable<base::Result<void>> wait_for_pull();
  base::awaitable<base::Result<void>> hear_acks();
  base::awaitable<base::Result<void>> feed();
  // Whether anything was sent.
  base::awaitable<base::Result<bool>> send_next();
  base::awaitable<base::Result<void>> send_beat();
  base::awaitable<base::Result<void>> keep_position();
  base::Result<void> take_ack(std::uint64_t number);

  const Cell& cell_;
  const model::CellNumber peer_;
  const store::Lane lane_;
  Channel& channel_;
  ReceiptListener& receipts_;
  const std::string incarnation_;  // that positions are in
  const std::shared_ptr<store::Alarm> alarm_;
  mesh::Pull pull_;
  std::uint64_t position_ = 0;
  std::uint64_t number_ = 0;
  std::uint64_t applied_ = 0;          // by the peer, as it says
  std::optional<std::uint64_t> kept_;  // of that, in the store
  std::chrono::nanoseconds kept_at_{};
  std::uint64_t head_ = 0;
  base::Time closed_;  // what was committed before has been sent
  bool ended_ = false;
  bool looked_ = false;  // into our feed
  std::deque<InFlight> in_flight_;
};

}  // namespace cardea::replicate
