#include "http/round.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace cardea::http {
namespace {

// Signatures take their time: the first answer of a long round does not wait for all of them.
constexpr std::chrono::nanoseconds kLongest = std::chrono::milliseconds(8);

}  // namespace

base::awaitable<void> Round::end() {
  const auto now = clock_.steady();
  if (waiting_->handlers.empty()) began_ = now;
  if (now - began_ > kLongest) {
    waiting_->go_on();
    co_return;
  }
  constexpr boost::asio::use_awaitable_t<base::Executor> token;
  co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<base::Executor>&, void()>(
      [this](auto handler) {
        waiting_->handlers.emplace_back(std::move(handler));
        if (std::exchange(waiting_->posted, true)) return;
        boost::asio::post(executor_, [waiting = waiting_] {
          waiting->posted = false;
          waiting->go_on();
        });
      },
      token);
}

void Round::Waiting::go_on() {
  auto ready = std::exchange(handlers, {});
  for (auto& handler : ready) handler();
  ready.clear();
  if (handlers.empty()) handlers.swap(ready);  // its memory serves the next round
}

}  // namespace cardea::http
