#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <random>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "store/alarm.h"

namespace cardea::simulation {

// Time and chance of a simulation: everything runs on one thread, and time passes only when nothing is left to do at
// the present moment. The same seed gives the same history.
class World {
 public:
  explicit World(std::uint64_t seed) : chance_(seed) {}

  base::Executor executor() { return loop_.get_executor(); }
  std::uint64_t below(std::uint64_t end) { return chance_() % end; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  base::Time now() const { return now_; }

  void at(base::Duration later, std::function<void()> event) {
    events_.push({now_ + later, ++number_, std::move(event)});
  }
  void spawn(base::awaitable<void> work) {
    boost::asio::co_spawn(loop_, std::move(work), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
  }

  // Time goes on and nothing happens meanwhile; what was due happens afterwards.
  void leap(base::Duration span) { now_ += span; }

  void run_for(base::Duration span) {
    const auto end = now_ + span;
    while (true) {
      loop_.restart();
      loop_.poll();
      if (events_.empty() || events_.top().at > end) break;
      auto event = events_.top();
      events_.pop();
      now_ = std::max(now_, event.at);
      event.run();
    }
    now_ = end;
  }

 private:
  struct Event {
    base::Time at;
    std::uint64_t number;
    std::function<void()> run;
    bool operator<(const Event& other) const {
      return std::tie(other.at, other.number) < std::tie(at, number);  // the earliest is on top
    }
  };

  std::mt19937_64 chance_;
  base::Time now_ = base::from_millis(1'800'000'000'000);
  std::uint64_t number_ = 0;
  std::priority_queue<Event> events_;
  boost::asio::io_context loop_{1};
};

// The clock of one cell, which may be wrong.
class CellClock final : public base::Clock {
 public:
  explicit CellClock(const World& world, base::Duration ahead = {}) : world_(world), ahead_(ahead) {}

  base::Time now() const override { return world_.now() + ahead_; }
  std::chrono::nanoseconds steady() const override { return world_.now().time_since_epoch(); }

 private:
  const World& world_;
  const base::Duration ahead_;
};

class WorldAlarm final : public store::Alarm, public std::enable_shared_from_this<WorldAlarm> {
 public:
  explicit WorldAlarm(World& world) : world_(world), rung_(world.executor(), 1) {}

  base::awaitable<void> wait(base::Duration longest) override {
    if (closed_) co_return;
    world_.at(longest, [self = weak_from_this()] {
      if (const auto alarm = self.lock()) alarm->ring();
    });
    const auto keep = shared_from_this();
    boost::system::error_code error;
    co_await rung_.async_receive(boost::asio::redirect_error(boost::asio::use_awaitable_t<base::Executor>(), error));
  }
  void ring() override { rung_.try_send(boost::system::error_code{}); }
  void close() override {
    closed_ = true;
    ring();
  }

 private:
  World& world_;
  boost::asio::experimental::basic_channel<base::Executor, boost::asio::experimental::channel_traits<>,
                                           void(boost::system::error_code)>
      rung_;
  bool closed_ = false;
};

}  // namespace cardea::simulation
