#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

namespace cardea::base {

// One io_context per core, each run by one thread: work on one executor never races with itself.
// The concrete type spares a type-erased call for every step of every coroutine.
using Executor = boost::asio::io_context::executor_type;

template <class T>
using awaitable = boost::asio::awaitable<T, Executor>;

}  // namespace cardea::base
