#include "replicate/inquirer.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace cardea::replicate {
namespace {

using base::awaitable;
using base::Errc;
using base::Result;

// Closes the channel when nobody has rung by then.
awaitable<void> close_after(std::shared_ptr<store::Alarm> answered, const bool& done, const base::Clock& clock,
                            Channel& channel, base::Duration patience) {
  const auto end = clock.steady() + patience;
  while (!done && clock.steady() < end)
    co_await answered->wait(std::chrono::ceil<base::Duration>(end - clock.steady()));
  if (!done) channel.close();
}

}  // namespace

awaitable<Result<mesh::Reply>> Inquirer::wait_for(std::uint64_t number) {
  while (true) {
    auto frame = co_await channel_.receive();
    if (!frame) co_return base::pass_on(frame);
    if (frame->has_bye()) co_return base::fail(Errc::unavailable, "the peer has ended it");
    if (!frame->has_reply() || frame->reply().number() != number) continue;
    if (!frame->reply().trouble().empty())
      co_return base::fail(Errc::unavailable, "the peer: " + frame->reply().trouble().substr(0, 200));
    co_return std::move(*frame->mutable_reply());
  }
}

awaitable<Result<mesh::Reply>> Inquirer::ask(mesh::Inquiry inquiry, base::Duration patience) {
  using namespace boost::asio::experimental::awaitable_operators;  // NOLINT: the only way to use them
  mesh::Frame frame;
  *frame.mutable_inquiry() = std::move(inquiry);
  frame.mutable_inquiry()->set_number(++number_);
  const auto alarm = cell_.make_alarm();
  bool done = false;
  const auto exchange = [&]() -> awaitable<Result<mesh::Reply>> {
    auto sent = co_await channel_.send(frame);
    Result<mesh::Reply> reply = sent ? co_await wait_for(number_) : Result<mesh::Reply>(base::pass_on(sent));
    done = true;
    alarm->ring();
    co_return reply;
  };
  auto reply = co_await (exchange() && close_after(alarm, done, cell_.clock, channel_, patience));
  alarm->close();
  co_return reply;
}

}  // namespace cardea::replicate
