#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/async.h"
#include "base/clock.h"

namespace cardea::http {

// Lets the answers to requests that became ready together leave together: a client on another core that has nothing
// more to read falls asleep, and waking it costs us more than the write itself. Belongs to one event loop, used on its
// thread only.
class Round {
 public:
  // `clock` must outlive it.
  Round(base::Executor executor, const base::Clock& clock) : executor_(std::move(executor)), clock_(clock) {}

  // Returns when the loop has taken up everything that was ready, or others have waited for some milliseconds already.
  base::awaitable<void> end();

 private:
  // What was posted to the loop may be run when the owner is gone.
  struct Waiting {
    std::vector<std::move_only_function<void()>> handlers;
    bool posted = false;
    void go_on();
  };

  const base::Executor executor_;
  const base::Clock& clock_;
  std::chrono::nanoseconds began_{};
  const std::shared_ptr<Waiting> waiting_ = std::make_shared<Waiting>();
};

}  // namespace cardea::http
