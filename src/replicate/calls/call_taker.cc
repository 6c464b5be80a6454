#include "replicate/calls/call_taker.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>

namespace cardea::replicate {
namespace {

using base::awaitable;
using base::Errc;
using base::Result;

constexpr int kMostAtOnce = 256;

}  // namespace

CallTaker::CallTaker(const Cell& cell, model::CellNumber peer, Channel& channel, Answer answer)
    : cell_(cell),
      peer_(peer),
      channel_(channel),
      answer_(std::move(answer)),
      queue_(cell.make_alarm()),
      idle_(cell.make_alarm()) {}

awaitable<base::Error> CallTaker::run() {
  using namespace boost::asio::experimental::awaitable_operators;  // NOLINT: the only way to use them
  const auto end = [this](awaitable<Result<void>> part) -> awaitable<Result<void>> {
    auto done = co_await std::move(part);
    queue_.end();
    channel_.close();
    co_return done;
  };
  const auto [sent, heard] = co_await (end(queue_.run(channel_)) && end(hear()));
  while (running_ > 0) co_await idle_->wait(std::chrono::seconds(1));
  idle_->close();
  co_return heard ? sent.error() : heard.error();
}

awaitable<Result<void>> CallTaker::hear() {
  const auto executor = co_await boost::asio::this_coro::executor;
  while (true) {
    auto frame = co_await channel_.receive();
    if (!frame) co_return base::pass_on(frame);
    if (frame->has_bye()) co_return base::fail(Errc::unavailable, "the peer has ended it");
    if (!frame->has_call()) continue;
    if (running_ == kMostAtOnce) continue;  // who asks has patience, but not for ever
    ++running_;
    boost::asio::co_spawn(executor, answer_one(std::move(*frame->mutable_call())), [this](std::exception_ptr error) {
      if (error) cell_.log.error("replicate: an answer ended by an exception", {{"peer", peer_}});
      --running_;
      idle_->ring();
    });
  }
}

awaitable<void> CallTaker::answer_one(mesh::Call question) {
  const auto number = question.number();
  mesh::Frame frame;
  *frame.mutable_call_answer() = co_await answer_(peer_, std::move(question));
  frame.mutable_call_answer()->set_number(number);
  queue_.push(std::move(frame));
}

}  // namespace cardea::replicate
