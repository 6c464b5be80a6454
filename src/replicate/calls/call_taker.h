#pragma once

#include <functional>
#include <memory>

#include "replicate/calls/frame_queue.h"
#include "replicate/cell.h"
#include "replicate/channel.h"

namespace cardea::replicate {

// Answers what one peer asks over one connection. One executor.
class CallTaker {
 public:
  // What an answer is made of; the number is set by the caller. `peer` is who the channel's other end has proven to be.
  using Answer = std::function<base::awaitable<mesh::CallAnswer>(model::CellNumber peer, mesh::Call question)>;

  // All must outlive it.
  CallTaker(const Cell& cell, model::CellNumber peer, Channel& channel, Answer answer);

  // After the Hellos of both. Gives why it ended; the channel is closed then, and no answer is being made any more.
  base::awaitable<base::Error> run();

 private:
  base::awaitable<base::Result<void>> hear();
  base::awaitable<void> answer_one(mesh::Call question);

  const Cell& cell_;
  const model::CellNumber peer_;
  Channel& channel_;
  const Answer answer_;
  FrameQueue queue_;
  const std::shared_ptr<store::Alarm> idle_;
  int running_ = 0;
};

}  // namespace cardea::replicate
