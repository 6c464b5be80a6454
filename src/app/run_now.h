#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <exception>
#include <future>
#include <memory>
#include <optional>

#include "base/async.h"

namespace cardea::app {

// Runs a coroutine to its end on this thread. For commands and for what comes before a server's own loops.
// Its loop is left to the end of the process: whoever completes an awaitable from another thread touches the loop a
// moment longer than the one who waits. Calls are few.
template <class T>
T run_now(base::awaitable<T> work) {
  static auto& loops = *new std::deque<boost::asio::io_context>();
  auto& context = loops.emplace_back(1);
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

// Runs a coroutine on a loop that another thread runs, and waits for its end. The loop must outlive all that the
// coroutine awaited on it: what a loop completes it touches a moment longer than the one who waits.
template <class T>
T run_on(base::Executor loop, base::awaitable<T> work) {
  auto outcome = std::make_shared<std::promise<T>>();
  auto answer = outcome->get_future();
  boost::asio::co_spawn(loop, std::move(work), [outcome](std::exception_ptr error, T value) {
    if (error)
      outcome->set_exception(error);
    else
      outcome->set_value(std::move(value));
  });
  return answer.get();
}

}  // namespace cardea::app
