#include "replicate/mesh.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "replicate/answerer.h"
#include "replicate/feeder.h"

namespace cardea::replicate {
namespace {

using base::awaitable;
using base::Errc;
using base::Result;
using store::Lane;
using Tcp = boost::asio::ip::tcp;

constexpr boost::asio::use_awaitable_t<base::Executor> kAwait;
constexpr std::size_t kMostConnections = 256;
constexpr base::Duration kShortestPause{100}, kLongestPause{3'000}, kLookEvery{1'000};

awaitable<void> say_bye(Channel& channel, const std::string& reason) {
  mesh::Frame frame;
  frame.mutable_bye()->set_reason(reason);
  const auto said = co_await channel.send(frame);
  (void)said;
}

}  // namespace

Mesh::Mesh(const Cell& cell, Settings settings, std::unique_ptr<MeshTls> tls, ReceiptListener& receipts,
           CallTaker::Answer answer, boost::asio::io_context& context)
    : cell_(cell),
      settings_(std::move(settings)),
      tls_(std::move(tls)),
      receipts_(receipts),
      answer_(std::move(answer)),
      context_(context),
      dialer_(cell, settings_.topology, *tls_, context, channels_),
      upkeep_(cell, settings_.topology, settings_.upkeep),
      ended_(cell.make_alarm()) {
  for (const auto& member : settings_.topology.members) {
    if (member.number == cell_.database.cell()) continue;
    callers_.try_emplace(member.number, cell_);
    for (const auto lane : {Lane::hot, Lane::bulk})
      status_[{member.number, lane}] = {
          .peer = member.number, .id = member.id, .lane = lane, .trouble = "not tried yet"};
  }
}

Mesh::~Mesh() { ended_->close(); }

Result<void> Mesh::start() {
  if (settings_.listen) {
    boost::system::error_code error;
    const auto address =
        boost::asio::ip::make_address(settings_.listen->host.empty() ? "::" : settings_.listen->host, error);
    if (error) return base::fail(Errc::invalid, "listen.mesh: " + error.message());
    try {
      acceptor_.emplace(context_.get_executor(), Tcp::endpoint(address, settings_.listen->port));
    } catch (const boost::system::system_error& failure) {
      return base::fail(Errc::invalid, "listen.mesh: " + failure.code().message());
    }
    spawn(accept());
  }
  spawn(look_after());
  return {};
}

void Mesh::spawn(awaitable<void> work) {
  ++running_;
  boost::asio::co_spawn(context_, std::move(work), [this](std::exception_ptr error) {
    if (error) cell_.log.error("replicate: a part of the mesh ended by an exception");
    --running_;
    ended_->ring();
  });
}

awaitable<void> Mesh::stop() {
  co_await boost::asio::co_spawn(
      context_,
      [](Mesh* self) -> awaitable<void> {
        self->stopping_ = true;
        self->upkeep_.stop();
        boost::system::error_code ignored;
        if (self->acceptor_) self->acceptor_->close(ignored);
        for (auto* channel : self->channels_) channel->close();
        for (const auto& wait : self->waits_) wait->ring();
        while (self->running_ > 0) co_await self->ended_->wait(std::chrono::seconds(1));
      }(this),
      kAwait);
}

awaitable<std::vector<PeerStatus>> Mesh::status() {
  co_return co_await boost::asio::co_spawn(
      context_,
      [](const Mesh* self) -> awaitable<std::vector<PeerStatus>> {
        std::vector<PeerStatus> out;
        for (const auto& [peer, status] : self->status_) out.push_back(status);
        co_return out;
      }(this),
      kAwait);
}

void Mesh::applied(model::CellNumber peer, Lane lane, const std::vector<Carried>& rows) {
  if (const auto found = status_.find({peer, lane}); found != status_.end()) found->second.acknowledged += rows.size();
  receipts_.applied(peer, lane, rows);
}

awaitable<UpkeepStatus> Mesh::upkeep() {
  co_return co_await boost::asio::co_spawn(
      context_, [](const Mesh* self) -> awaitable<UpkeepStatus> { co_return self->upkeep_.status(); }(this), kAwait);
}

awaitable<void> Mesh::accept() {
  const auto pause = cell_.make_alarm();
  const Enlisted<std::shared_ptr<store::Alarm>> enlisted(waits_, pause);
  while (!stopping_) {
    boost::system::error_code error;
    auto socket = co_await acceptor_->async_accept(boost::asio::redirect_error(kAwait, error));
    if (error)
      co_await pause->wait(kShortestPause);  // of file descriptors, perhaps
    else if (channels_.size() < kMostConnections)
      spawn(answer(std::move(socket)));
  }
  pause->close();
}

awaitable<void> Mesh::answer(MeshSocket socket) {
  TlsChannel channel(std::move(socket), *tls_);
  const Enlisted<Channel*> enlisted(channels_, &channel);
  const auto ended = co_await answer(channel);
  if (ended.code == Errc::denied || ended.code == Errc::invalid || ended.code == Errc::conflict)
    cell_.log.warn("replicate: a peer was refused", {{"reason", ended.reason}});
  channel.close();
}

awaitable<base::Error> Mesh::answer(TlsChannel& channel) {
  channel.expect_proof_within(kHandshakePatience);
  const auto peer = co_await channel.handshake(TlsChannel::Side::listens);
  if (!peer) co_return peer.error();
  const auto frame = co_await channel.receive();
  if (!frame) co_return frame.error();
  const auto& greeting = frame->hello();
  if (auto welcome = dialer_.check(greeting, *peer); !welcome) {
    co_await say_bye(channel, welcome.error().reason);
    co_return welcome.error();
  }
  const auto errand = static_cast<Errand>(greeting.lane());
  const auto said = dialer_.hello(errand);
  if (auto answered = co_await channel.send(said); !answered) co_return answered.error();
  channel.proven();
  if (errand == Errand::questions) {
    Answerer answerer(cell_, *peer, greeting.incarnation(), channel);
    co_return co_await answerer.run();
  }
  if (errand == Errand::calls) {
    CallTaker taker(cell_, *peer, channel, answer_);
    co_return co_await taker.run();
  }
  const auto lane = errand == Errand::hot ? Lane::hot : Lane::bulk;
  if (greeting.feeds()) {
    Applier applier(cell_, *peer, follower_of(cell_.database, *peer, greeting.incarnation()), lane);
    LaneStatus visitor;
    Puller puller(applier, channel, visitor, cell_.clock, {});
    co_return co_await puller.run();
  }
  Feeder feeder(cell_, *peer, lane, channel, *this);
  auto ended = co_await feeder.run();
  if (ended.code == Errc::conflict) co_await begin_anew(*peer, said.hello().incarnation());
  co_return ended;
}

// Everybody greets anew, with the new name of our store.
awaitable<void> Mesh::begin_anew(model::CellNumber told_by, std::string said) {
  const auto begun = co_await upkeep_.recovery().begin(told_by, std::move(said));
  if (!begun) cell_.log.error("replicate: a recovery could not begin", {{"reason", begun.error().reason}});
  if (!begun || !*begun) co_return;
  for (auto* channel : channels_) channel->close();
}

awaitable<void> Mesh::look_after() {
  const auto pause = cell_.make_alarm();
  const Enlisted<std::shared_ptr<store::Alarm>> enlisted(waits_, pause);
  while (!stopping_) {
    const auto ready = co_await upkeep_.start();
    if (ready) break;
    cell_.log.error("replicate: nothing is followed as long as the store does not answer",
                    {{"reason", ready.error().reason}});
    co_await pause->wait(kLongestPause);
  }
  for (const auto& member : settings_.topology.members) {
    if (stopping_ || member.number == cell_.database.cell() || member.mesh.empty()) continue;
    for (const auto lane : {Lane::hot, Lane::bulk}) spawn(follow(member, lane));
    spawn(compare(member));
    spawn(call(member));
  }
  while (!stopping_) {
    std::vector<Recovery::Peer> peers;
    for (const auto& [of, status] : status_) peers.push_back({of.first, status.incarnation, status.connected});
    co_await upkeep_.look(std::move(peers));
    co_await pause->wait(kLookEvery);
  }
  pause->close();
}

awaitable<void> Mesh::compare(const Member& peer) {
  const auto pause = cell_.make_alarm();
  const Enlisted<std::shared_ptr<store::Alarm>> enlisted(waits_, pause);
  for (std::size_t attempt = 0; !stopping_;) {
    if (auto kinds = upkeep_.due(peer.number); !kinds.empty()) {
      auto connection = co_await dialer_.dial(peer, peer.mesh[attempt++ % peer.mesh.size()], Errand::questions);
      if (!connection)
        upkeep_.not_compared(peer.number, kinds, connection.error().reason);
      else
        co_await upkeep_.compare(peer.number, connection->hello.incarnation(), std::move(kinds), *connection->channel);
    }
    if (!stopping_) co_await pause->wait(kLookEvery);
  }
  pause->close();
}

awaitable<void> Mesh::follow(const Member& peer, Lane lane) {
  const auto pause = cell_.make_alarm();
  const Enlisted<std::shared_ptr<store::Alarm>> enlisted(waits_, pause);
  auto& status = status_.at({peer.number, lane});
  auto longest = kShortestPause;
  for (std::size_t attempt = 0; !stopping_; ++attempt) {
    const auto ended = co_await follow_once(peer, peer.mesh[attempt % peer.mesh.size()], lane);
    if (stopping_) break;
    if (status.connected || status.trouble != ended.reason)
      cell_.log.warn("replicate: a peer is not followed",
                     {{"peer", peer.id}, {"lane", static_cast<unsigned>(lane)}, {"reason", ended.reason}});
    longest = status.connected ? kShortestPause : std::min(2 * longest, kLongestPause);
    status.connected = false;
    status.trouble = ended.reason;
    co_await pause->wait(longest);
  }
  pause->close();
}

awaitable<void> Mesh::call(const Member& peer) {
  const auto pause = cell_.make_alarm();
  const Enlisted<std::shared_ptr<store::Alarm>> enlisted(waits_, pause);
  auto longest = kShortestPause;
  for (std::size_t attempt = 0; !stopping_; ++attempt) {
    auto connection = co_await dialer_.dial(peer, peer.mesh[attempt % peer.mesh.size()], Errand::calls);
    if (connection) {
      longest = kShortestPause;
      const auto ended = co_await callers_.at(peer.number).run(*connection->channel);
      cell_.log.debug("replicate: a peer is not called", {{"peer", peer.id}, {"reason", ended.reason}});
    }
    if (stopping_) break;
    co_await pause->wait(longest);
    longest = std::min(2 * longest, kLongestPause);
  }
  pause->close();
}

awaitable<Result<mesh::CallAnswer>> Mesh::ask(model::CellNumber peer, mesh::Call question, base::Duration patience) {
  co_return co_await boost::asio::co_spawn(
      context_,
      [](Mesh* self, model::CellNumber whom, mesh::Call what,
         base::Duration longest) -> awaitable<Result<mesh::CallAnswer>> {
        const auto caller = self->callers_.find(whom);
        if (caller == self->callers_.end()) co_return base::fail(Errc::unavailable, "no such peer");
        co_return co_await caller->second.ask(std::move(what), longest);
      }(this, peer, std::move(question), patience),
      kAwait);
}

awaitable<base::Error> Mesh::follow_once(const Member& peer, const MeshAddress& address, Lane lane) {
  auto connection = co_await dialer_.dial(peer, address, errand_of(lane));
  if (!connection) co_return connection.error();
  auto& status = status_.at({peer.number, lane});
  status.connected = true;
  status.incarnation = connection->hello.incarnation();
  status.trouble.clear();
  cell_.log.info("replicate: a peer is followed", {{"peer", peer.id}, {"lane", static_cast<unsigned>(lane)}});
  Applier applier(cell_, peer.number, follower_of(cell_.database, peer.number, status.incarnation), lane);
  Puller puller(applier, *connection->channel, status.followed, cell_.clock, {});
  co_return co_await puller.run();
}

}  // namespace cardea::replicate
