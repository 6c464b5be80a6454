#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <utility>

#include "base/async.h"

namespace cardea::store {

// The far end of an awaitable that another thread completes. Keeps the caller's executor running until then.
template <class Outcome>
class Answer {
 public:
  virtual ~Answer() = default;
  virtual base::Executor executor() const = 0;
  // Once, from any thread: the caller goes on on its executor with the outcome, or with `thrown` if there is one.
  virtual void complete(std::exception_ptr thrown, Outcome outcome) = 0;
};

template <class Outcome, class Handler>
class HandlerAnswer final : public Answer<Outcome> {
 public:
  explicit HandlerAnswer(Handler handler)
      : handler_(std::move(handler)), keep_running_(boost::asio::get_associated_executor(handler_)) {}

  base::Executor executor() const override { return keep_running_.get_executor(); }

  // Takes everything along that belongs to the executor: its context may be gone as soon as the caller goes on.
  void complete(std::exception_ptr thrown, Outcome outcome) override {
    const auto executor = keep_running_.get_executor();
    boost::asio::post(executor, [handler = std::move(handler_), keep = std::move(keep_running_),
                                 thrown = std::move(thrown), outcome = std::move(outcome)]() mutable {
      std::move(handler)(std::move(thrown), std::move(outcome));
    });
  }

 private:
  Handler handler_;
  boost::asio::executor_work_guard<boost::asio::associated_executor_t<Handler>> keep_running_;
};

// Calls `start(std::unique_ptr<Answer<Outcome>>)` and waits until the answer is completed.
template <class Outcome, class Start>
base::awaitable<Outcome> answered(Start start) {
  constexpr boost::asio::use_awaitable_t<base::Executor> token;
  co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<base::Executor>&,
                                                 void(std::exception_ptr, Outcome)>(
      [](auto handler, Start run) {
        using Handler = decltype(handler);
        run(std::unique_ptr<Answer<Outcome>>(std::make_unique<HandlerAnswer<Outcome, Handler>>(std::move(handler))));
      },
      token, std::move(start));
}

}  // namespace cardea::store
