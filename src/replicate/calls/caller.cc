#include "replicate/calls/caller.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace cardea::replicate {
namespace {

using base::awaitable;
using base::Errc;
using base::Result;

}  // namespace

awaitable<Result<mesh::CallAnswer>> Caller::ask(mesh::Call question, base::Duration patience) {
  if (queue_ == nullptr) co_return base::fail(Errc::unavailable, "no connection to the peer");
  const auto number = ++number_;
  question.set_number(number);
  mesh::Frame frame;
  *frame.mutable_call() = std::move(question);
  Pending pending{.alarm = cell_.make_alarm(), .answer = {}};
  pending_.emplace(number, &pending);
  queue_->push(std::move(frame));
  const auto began = cell_.clock.steady();
  for (std::chrono::nanoseconds waited{0}; !pending.answer && pending_.contains(number) && waited < patience;
       waited = cell_.clock.steady() - began)
    co_await pending.alarm->wait(std::chrono::ceil<base::Duration>(patience - waited));
  pending_.erase(number);
  pending.alarm->close();
  if (!pending.answer) co_return base::fail(Errc::unavailable, "the peer does not answer");
  co_return std::move(*pending.answer);
}

awaitable<base::Error> Caller::run(Channel& channel) {
  using namespace boost::asio::experimental::awaitable_operators;  // NOLINT: the only way to use them
  FrameQueue queue(cell_.make_alarm());
  queue_ = &queue;
  const auto end = [&](awaitable<Result<void>> part) -> awaitable<Result<void>> {
    auto done = co_await std::move(part);
    queue.end();
    channel.close();
    co_return done;
  };
  const auto [sent, heard] = co_await (end(queue.run(channel)) && end(hear(channel)));
  if (queue_ == &queue) queue_ = nullptr;
  // Nobody answers them any more.
  for (const auto& [number, pending] : std::exchange(pending_, {})) pending->alarm->ring();
  co_return heard ? sent.error() : heard.error();
}

awaitable<Result<void>> Caller::hear(Channel& channel) {
  while (true) {
    auto frame = co_await channel.receive();
    if (!frame) co_return base::pass_on(frame);
    if (frame->has_bye()) co_return base::fail(Errc::unavailable, "the peer has ended it");
    if (!frame->has_call_answer()) continue;
    const auto asked = pending_.find(frame->call_answer().number());
    if (asked == pending_.end()) continue;  // too late
    asked->second->answer = std::move(*frame->mutable_call_answer());
    asked->second->alarm->ring();
  }
}

}  // namespace cardea::replicate
