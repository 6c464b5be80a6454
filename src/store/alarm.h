#pragma once

#include <memory>

#include "base/async.h"
#include "base/clock.h"

namespace cardea::store {

// A wait that ends after a while, or at once when somebody rings. One waiter, on one executor; any thread may ring.
// Injected, so that a simulation owns the time.
class Alarm {
 public:
  virtual ~Alarm() = default;

  // Returns at once when it rang since the last wait ended. May also end early for no reason.
  virtual base::awaitable<void> wait(base::Duration longest) = 0;
  // Cheap, does not block. Nothing happens after close().
  virtual void ring() = 0;
  // Ends the present wait and all later ones. The executor is not used after the waiter has gone on.
  virtual void close() = 0;
};

// On a timer of the executor, whose context must live until close().
std::shared_ptr<Alarm> make_alarm(const base::Executor& executor);

}  // namespace cardea::store
