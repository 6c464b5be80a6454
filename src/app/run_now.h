#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>

#include "base/async.h"

namespace cardea::app {

// Runs a coroutine to its end on this thread. For commands; a server has its own loops.
template <class T>
T run_now(base::awaitable<T> work) {
  boost::asio::io_context context;
  const auto keep_open = boost::asio::make_work_guard(context);
  std::optional<T> result;
  std::exception_ptr failure;
  boost::asio::co_spawn(context, std::move(work), [&](std::exception_ptr error, T value) {
    failure = error;
    result.emplace(std::move(value));
    context.stop();
  });
  context.run();
  if (failure) std::rethrow_exception(failure);
  return std::move(*result);
}

}  // namespace cardea::app
