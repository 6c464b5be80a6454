#include "store/alarm.h"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <mutex>

namespace cardea::store {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Timer = boost::asio::basic_waitable_timer<SteadyClock, boost::asio::wait_traits<SteadyClock>, base::Executor>;

class TimerAlarm final : public Alarm, public std::enable_shared_from_this<TimerAlarm> {
 public:
  explicit TimerAlarm(const base::Executor& executor) : executor_(executor), timer_(executor) {}

  base::awaitable<void> wait(base::Duration longest) override {
    const auto self = shared_from_this();
    if (take_ring()) co_return;
    timer_.expires_after(longest);
    boost::system::error_code cancelled;
    co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable_t<base::Executor>{}, cancelled));
    take_ring();
  }

  void ring() override {
    const std::scoped_lock lock(mutex_);
    if (!closed_) wake();
  }

  void close() override {
    const std::scoped_lock lock(mutex_);
    if (!closed_) wake();
    closed_ = true;
  }

 private:
  // The timer belongs to its executor, so others ask it to stop waiting. The lock is held.
  void wake() {
    if (!rung_) boost::asio::post(executor_, [self = shared_from_this()] { self->timer_.cancel(); });
    rung_ = true;
  }

  bool take_ring() {
    const std::scoped_lock lock(mutex_);
    const bool rang = rung_;
    rung_ = closed_;  // rings for ever once it is closed
    return rang;
  }

  const base::Executor executor_;
  Timer timer_;
  std::mutex mutex_;
  bool rung_ = false;
  bool closed_ = false;
};

}  // namespace

std::shared_ptr<Alarm> make_alarm(const base::Executor& executor) { return std::make_shared<TimerAlarm>(executor); }

}  // namespace cardea::store
