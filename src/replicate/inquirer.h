#pragma once

#include <cstdint>

#include "base/clock.h"
#include "replicate/cell.h"
#include "replicate/channel.h"

namespace cardea::replicate {

// The end of a connection for questions that asks them, one after the other (wire/mesh.proto, Inquiry). One executor.
class Inquirer {
 public:
  // Both must outlive it.
  Inquirer(const Cell& cell, Channel& channel) : cell_(cell), channel_(channel) {}

  // unavailable: the peer has not answered in time, or cannot; after silence the channel is closed.
  base::awaitable<base::Result<mesh::Reply>> ask(mesh::Inquiry inquiry,
                                                 base::Duration patience = base::Duration{30'000});

 private:
  base::awaitable<base::Result<mesh::Reply>> wait_for(std::uint64_t number);

  const Cell& cell_;
  Channel& channel_;
  std::uint64_t number_ = 0;
};

}  // namespace cardea::replicate
