#pragma once

#include "base/async.h"
#include "base/result.h"
#include "replicate/wire/mesh.pb.h"

namespace cardea::replicate {

// A connection to a peer for one lane, whose other end has proven which cell it is. Injected, so that a simulation owns
// the network. One executor.
class Channel {
 public:
  virtual ~Channel() = default;

  // The next frame. unavailable: the connection has ended; invalid: what came was not a frame. One call at a time.
  virtual base::awaitable<base::Result<mesh::Frame>> receive() = 0;
  // Returns when the connection has taken it. One call at a time.
  virtual base::awaitable<base::Result<void>> send(const mesh::Frame& frame) = 0;
  // Ends it: present and later calls of both ends fail.
  virtual void close() = 0;
};

}  // namespace cardea::replicate
