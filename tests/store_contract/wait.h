#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <mutex>
#include <optional>
#include <vector>

#include "base/async.h"

namespace cardea::store {

// Contexts for wait(), used again and again and never destroyed: another thread that completes an awaitable may still
// be inside its post() when wait() returns.
class WaitContexts {
 public:
  static boost::asio::io_context* borrow() {
    const std::scoped_lock lock(mutex());
    if (idle().empty()) return new boost::asio::io_context(1);
    auto* context = idle().back();
    idle().pop_back();
    return context;
  }
  static void give_back(boost::asio::io_context* context) {
    context->restart();
    const std::scoped_lock lock(mutex());
    idle().push_back(context);
  }

 private:
  static std::mutex& mutex() {
    static std::mutex instance;
    return instance;
  }
  static std::vector<boost::asio::io_context*>& idle() {
    static auto* instance = new std::vector<boost::asio::io_context*>();
    return *instance;
  }
};

// Runs one awaitable to its end on an executor of its own, on this thread. For tests.
template <class T>
T wait(base::awaitable<T> work) {
  auto* context = WaitContexts::borrow();
  std::exception_ptr thrown;
  std::optional<T> out;
  boost::asio::co_spawn(context->get_executor(), std::move(work), [&](std::exception_ptr error, T value) {
    thrown = error;
    out.emplace(std::move(value));
  });
  context->run();
  WaitContexts::give_back(context);
  if (thrown) std::rethrow_exception(thrown);
  return std::move(*out);
}

}  // namespace cardea::store
