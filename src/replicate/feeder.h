#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "replicate/cell.h"
#include "replicate/channel.h"
#include "replicate/receipts.h"

namespace cardea::replicate {

// The lane of our feed to one peer over one connection: answers its Pull with Batches until the connection ends. One
// executor.
class Feeder {
 public:
  // All must outlive it; `peer` is who the channel's other end has proven to be.
  Feeder(const Cell& cell, model::CellNumber peer, store::Lane lane, Channel& channel, ReceiptListener& receipts);

  // After the Hellos of both. Gives why it ended; the channel is closed then.
  base::awaitable<base::Error> run();

 private:
  struct InFlight {
    std::uint64_t number;
    std::vector<Carried> rows;
  };

  base::awaitable<base::Result<void>> wait_for_pull();
  base::awaitable<base::Result<void>> hear_acks();
  base::awaitable<base::Result<void>> feed();
  // Whether anything was sent.
  base::awaitable<base::Result<bool>> send_next();
  base::awaitable<base::Result<void>> send_beat();
  base::Result<void> take_ack(std::uint64_t number);

  const Cell& cell_;
  const model::CellNumber peer_;
  const store::Lane lane_;
  Channel& channel_;
  ReceiptListener& receipts_;
  const std::shared_ptr<store::Alarm> alarm_;
  mesh::Pull pull_;
  std::uint64_t position_ = 0;
  std::uint64_t number_ = 0;
  std::uint64_t head_ = 0;
  base::Time closed_;  // what was committed before has been sent
  bool ended_ = false;
  std::deque<InFlight> in_flight_;
};

}  // namespace cardea::replicate
