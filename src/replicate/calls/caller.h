#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "replicate/calls/frame_queue.h"
#include "replicate/cell.h"
#include "replicate/channel.h"

namespace cardea::replicate {

// Asks one peer, over a connection that somebody else makes again and again. One executor.
class Caller {
 public:
  explicit Caller(const Cell& cell) : cell_(cell) {}

  // unavailable: there is no connection, or no answer came within `patience`. The question may have been acted upon.
  base::awaitable<base::Result<mesh::CallAnswer>> ask(mesh::Call question, base::Duration patience);

  // Uses the channel as long as it stands, after the Hellos of both. Gives why it ended; it is closed then.
  base::awaitable<base::Error> run(Channel& channel);

 private:
  struct Pending {
    std::shared_ptr<store::Alarm> alarm;
    std::optional<mesh::CallAnswer> answer;
  };

  base::awaitable<base::Result<void>> hear(Channel& channel);

  const Cell& cell_;
  FrameQueue* queue_ = nullptr;  // of the present connection
  std::uint64_t number_ = 0;
  std::map<std::uint64_t, Pending*> pending_;
};

}  // namespace cardea::replicate
