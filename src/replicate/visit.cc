#include "replicate/visit.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "replicate/feeder.h"

namespace cardea::replicate {
namespace {

using base::awaitable;
using base::Errc;
using base::Result;
using store::Lane;

constexpr base::Duration kLookEvery{20};
constexpr std::chrono::seconds kStandstill{30};
constexpr bool kNever = false;

}  // namespace

awaitable<Result<Dialer::Connection>> Visit::dial(const Member& peer, Errand errand, bool feeds) {
  base::Error trouble{Errc::unavailable, "the topology names no address of it"};
  for (const auto& address : peer.mesh) {
    auto connection = co_await dialer_.dial(peer, address, errand, feeds);
    if (connection) co_return connection;
    trouble = connection.error();
  }
  co_return base::fail(trouble.code, trouble.reason);
}

awaitable<Result<PeerStanding>> Visit::standing(const Member& peer) {
  auto connection = co_await dial(peer, Errand::questions);
  if (!connection) co_return base::pass_on(connection);
  Inquirer inquirer(cell_, *connection->channel);
  mesh::Inquiry inquiry;
  inquiry.mutable_standing();
  const auto reply = co_await inquirer.ask(std::move(inquiry));
  if (!reply) co_return base::pass_on(reply);
  PeerStanding out;
  out.quarantined_there = reply->standing().quarantined();
  const auto follower = follower_of(cell_.database, peer.number, connection->hello.incarnation());
  for (const auto lane : {Lane::hot, Lane::bulk}) {
    auto& to = lane == Lane::hot ? out.hot : out.bulk;
    const auto position = co_await cell_.database.cursor(follower, lane);
    if (!position) co_return base::pass_on(position);
    const auto head = co_await cell_.database.feed_head(lane);
    if (!head) co_return base::pass_on(head);
    to.applied_here = *position;
    to.head_here = *head;
    to.head_there = lane == Lane::hot ? reply->head_hot() : reply->head_bulk();
    to.applied_there = lane == Lane::hot ? reply->standing().applied_hot() : reply->standing().applied_bulk();
  }
  co_return out;
}

awaitable<void> Visit::close_when(std::function<bool()> ready, std::function<std::uint64_t()> progress,
                                  Channel& channel, const bool& ended) {
  const auto pause = cell_.make_alarm();
  auto moved = cell_.clock.steady();
  for (auto last = progress(); !ended && !ready();) {
    if (const auto now = progress(); now != std::exchange(last, now)) moved = cell_.clock.steady();
    if (cell_.clock.steady() - moved > kStandstill) break;
    co_await pause->wait(kLookEvery);
  }
  pause->close();
  channel.close();
}

awaitable<Result<void>> Visit::pull(const Member& peer, Lane lane, Exchanged& out) {
  using namespace boost::asio::experimental::awaitable_operators;  // NOLINT: the only way to use them
  auto connection = co_await dial(peer, errand_of(lane));
  if (!connection) co_return base::pass_on(connection);
  auto& channel = *connection->channel;
  Applier applier(cell_, peer.number, follower_of(cell_.database, peer.number, connection->hello.incarnation()), lane);
  LaneStatus status;
  Puller puller(applier, channel, status, cell_.clock, {});
  bool ended = false;
  const auto run = [&]() -> awaitable<base::Error> {
    auto error = co_await puller.run();
    ended = true;
    co_return error;
  };
  const auto at_the_end = [&] { return status.closed != base::Time{}; };
  const auto error = co_await (run() && close_when(at_the_end, [&] { return status.position; }, channel, ended));
  out.received += status.rows;
  out.changed += status.changed;
  out.refused += status.refused;
  out.held += status.held;
  if (!at_the_end()) co_return base::fail(error.code, error.reason);
  co_return Result<void>{};
}

awaitable<Result<void>> Visit::feed(const Member& peer, Lane lane) {
  using namespace boost::asio::experimental::awaitable_operators;  // NOLINT: the only way to use them
  auto connection = co_await dial(peer, errand_of(lane), true);
  if (!connection) co_return base::pass_on(connection);
  auto& channel = *connection->channel;
  Feeder feeder(cell_, peer.number, lane, channel, *this);
  bool ended = false;
  const auto run = [&]() -> awaitable<base::Error> {
    auto error = co_await feeder.run();
    ended = true;
    co_return error;
  };
  const auto error = co_await (
      run() && close_when([&] { return feeder.all_applied(); }, [&] { return feeder.applied(); }, channel, ended));
  if (!feeder.all_applied()) co_return base::fail(error.code, error.reason);
  co_return Result<void>{};
}

awaitable<Result<Exchanged>> Visit::pull(const Member& peer) {
  Exchanged out;
  for (const auto lane : {Lane::hot, Lane::bulk})
    if (auto done = co_await pull(peer, lane, out); !done) co_return base::pass_on(done);
  co_return out;
}

awaitable<Result<Exchanged>> Visit::exchange(const Member& peer) {
  auto out = co_await pull(peer);
  if (!out) co_return out;
  sent_ = 0;
  for (const auto lane : {Lane::hot, Lane::bulk})
    if (auto done = co_await feed(peer, lane); !done) co_return base::pass_on(done);
  out->sent = sent_;
  co_return out;
}

awaitable<Result<Compared>> Visit::compare(const Member& peer, const Dialer::Connection& connection, store::Kind kind) {
  Inquirer inquirer(cell_, *connection.channel);
  const auto follower = follower_of(cell_.database, peer.number, connection.hello.incarnation());
  AntiEntropy comparing(cell_, peer.number, follower, inquirer, {.settle = std::chrono::seconds{3}}, kNever);
  co_return co_await comparing.compare(kind);
}

// Where the feed has gone on meanwhile, and nobody follows it, a second look after another pull brings the rest.
awaitable<std::vector<Result<Compared>>> Visit::compare(const Member& peer) {
  std::vector<Result<Compared>> out;
  auto connection = co_await pull_and_dial(peer);
  for (const auto& schema : store::all_kinds()) {
    Result<Compared> found = base::fail(Errc::unavailable, "not compared");
    for (int attempt = 0; attempt < 2 && !found; ++attempt) {
      if (connection && attempt > 0) connection = co_await pull_and_dial(peer);
      found =
          connection ? co_await compare(peer, *connection, schema.kind) : Result<Compared>(base::pass_on(connection));
    }
    out.push_back(std::move(found));
  }
  co_return out;
}

awaitable<Result<Dialer::Connection>> Visit::pull_and_dial(const Member& peer) {
  if (auto pulled = co_await pull(peer); !pulled) co_return base::pass_on(pulled);
  co_return co_await dial(peer, Errand::questions);
}

}  // namespace cardea::replicate
