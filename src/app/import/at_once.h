#pragma once

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <cstddef>

#include "base/async.h"

namespace cardea::app {

// Runs `work()`, which gives an awaitable<void>, so many times at once on the caller's executor, and waits for all.
template <class Work>
base::awaitable<void> at_once(std::size_t workers, Work work) {
  using namespace boost::asio::experimental::awaitable_operators;  // NOLINT: the only way to use them
  if (workers <= 1) co_return co_await work();
  co_await (work() && at_once(workers - 1, work));
}

}  // namespace cardea::app
