#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>

#include "base/async.h"

namespace cardea::store {

// Runs one awaitable to its end on an executor of its own, on this thread. For tests.
template <class T>
T wait(base::awaitable<T> work) {
  boost::asio::io_context context(1);
  std::exception_ptr thrown;
  std::optional<T> out;
  boost::asio::co_spawn(context.get_executor(), std::move(work), [&](std::exception_ptr error, T value) {
    thrown = error;
    out.emplace(std::move(value));
  });
  context.run();
  if (thrown) std::rethrow_exception(thrown);
  return std::move(*out);
}

}  // namespace cardea::store
