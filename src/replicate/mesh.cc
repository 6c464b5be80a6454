#include "replicate/mesh.h"

#include <algorithm>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "replicate/feeder.h"

namespace cardea::replicate {
namespace {

using base::awaitable;
using base::Errc;
using base::Result;
using store::Lane;
using Tcp = boost::asio::ip::tcp;
using SteadyClock = std::chrono::steady_clock;
using Timer = boost::asio::basic_waitable_timer<SteadyClock, boost::asio::wait_traits<SteadyClock>, base::Executor>;

constexpr boost::asio::use_awaitable_t<base::Executor> kAwait;
constexpr std::uint32_t kProtocol = 1;
constexpr std::uint32_t kQuestions = 2;  // in place of a lane
constexpr base::Duration kPatience{3'000};  // with a connection that has not proven itself
constexpr std::size_t kMostConnections = 256;
constexpr base::Duration kShortestPause{100}, kLongestPause{3'000};

// In the set as long as it lives.
template <class T>
struct Enlisted {
  Enlisted(std::set<T>& in, T item) : set(in), at(in.insert(item).first) {}
  ~Enlisted() { set.erase(at); }
  std::set<T>& set;
  typename std::set<T>::iterator at;
};

awaitable<void> say_bye(Channel& channel, const std::string& reason) {
  mesh::Frame frame;
  frame.mutable_bye()->set_reason(reason);
  const auto said = co_await channel.send(frame);
  (void)said;
}

}  // namespace

Mesh::Mesh(const Cell& cell, Settings settings, std::unique_ptr<MeshTls> tls, ReceiptListener& receipts,
           Answerer::Answer answer, boost::asio::io_context& context)
    : cell_(cell),
      settings_(std::move(settings)),
      tls_(std::move(tls)),
      receipts_(receipts),
      answer_(std::move(answer)),
      context_(context),
      ended_(cell.make_alarm()) {
  for (const auto& member : settings_.topology.members) {
    if (member.number == cell_.database.cell()) continue;
    askers_.try_emplace(member.number, cell_);
    for (const auto lane : {Lane::hot, Lane::bulk})
      status_[{member.number, lane}] = {.peer = member.number, .id = member.id, .lane = lane, .trouble = "not tried yet"};
  }
}

Mesh::~Mesh() { ended_->close(); }

Result<void> Mesh::start() {
  if (settings_.listen) {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(settings_.listen->host.empty() ? "::" : settings_.listen->host, error);
    if (error) return base::fail(Errc::invalid, "listen.mesh: " + error.message());
    try {
      acceptor_.emplace(context_.get_executor(), Tcp::endpoint(address, settings_.listen->port));
    } catch (const boost::system::system_error& failure) {
      return base::fail(Errc::invalid, "listen.mesh: " + failure.code().message());
    }
    spawn(accept());
  }
  for (const auto& member : settings_.topology.members) {
    if (member.number == cell_.database.cell() || member.mesh.empty()) continue;
    for (const auto lane : {Lane::hot, Lane::bulk}) spawn(follow(member, lane));
    spawn(ask_about(member));
  }
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
  channel.expect_proof_within(kPatience);
  const auto peer = co_await channel.handshake(TlsChannel::Side::listens);
  if (!peer) co_return peer.error();
  const auto frame = co_await channel.receive();
  if (!frame) co_return frame.error();
  const auto& greeting = frame->hello();
  if (auto welcome = check(greeting, *peer); !welcome) {
    co_await say_bye(channel, welcome.error().reason);
    co_return welcome.error();
  }
  if (auto answered = co_await channel.send(hello(greeting.lane())); !answered) co_return answered.error();
  channel.proven();
  if (greeting.lane() == kQuestions) {
    Answerer answerer(cell_, *peer, channel, answer_);
    co_return co_await answerer.run();
  }
  const auto lane = greeting.lane() == 0 ? Lane::hot : Lane::bulk;
  Feeder feeder(cell_, *peer, lane, channel, *this);
  co_return co_await feeder.run();
}

mesh::Frame Mesh::hello(std::uint32_t lane) const {
  mesh::Frame frame;
  auto& out = *frame.mutable_hello();
  out.set_cell(cell_.database.cell());
  out.set_incarnation(cell_.database.incarnation());
  out.set_lowest_protocol(kProtocol);
  out.set_highest_protocol(kProtocol);
  out.set_wall(base::to_millis(cell_.clock.now()));
  out.set_lane(lane);
  return frame;
}

Result<void> Mesh::check(const mesh::Hello& hello, model::CellNumber proven) const {
  if (hello.cell() != proven) return base::fail(Errc::denied, "a greeting of another cell than its certificate's");
  if (proven == cell_.database.cell()) return base::fail(Errc::denied, "our own cell");
  if (settings_.topology.find(proven) == nullptr) return base::fail(Errc::denied, "a cell that is not in the topology");
  if (hello.lowest_protocol() > kProtocol || hello.highest_protocol() < kProtocol)
    return base::fail(Errc::denied, "no protocol in common");
  if (hello.incarnation().empty() || hello.incarnation().size() > 64 || hello.lane() > kQuestions)
    return base::fail(Errc::invalid, "a greeting that says nothing");
  return {};
}

awaitable<void> Mesh::follow(const Member& peer, Lane lane) {
  const auto pause = cell_.make_alarm();
  const Enlisted<std::shared_ptr<store::Alarm>> enlisted(waits_, pause);
  auto& status = status_.at({peer.number, lane});
  const Speak pull = [&](Channel& channel, const mesh::Hello& greeting) -> awaitable<base::Error> {
    status.connected = true;
    status.trouble.clear();
    cell_.log.info("replicate: a peer is followed", {{"peer", peer.id}, {"lane", static_cast<unsigned>(lane)}});
    Applier applier(cell_, peer.number, std::to_string(peer.number) + "." + greeting.incarnation(), lane);
    Puller puller(applier, channel, status.followed, cell_.clock, {});
    co_return co_await puller.run();
  };
  auto longest = kShortestPause;
  for (std::size_t attempt = 0; !stopping_; ++attempt) {
    const auto ended =
        co_await speak_once(peer, peer.mesh[attempt % peer.mesh.size()], static_cast<std::uint32_t>(lane), pull);
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

awaitable<void> Mesh::ask_about(const Member& peer) {
  const auto pause = cell_.make_alarm();
  const Enlisted<std::shared_ptr<store::Alarm>> enlisted(waits_, pause);
  auto longest = kShortestPause;
  const Speak ask = [&](Channel& channel, const mesh::Hello&) -> awaitable<base::Error> {
    longest = kShortestPause;
    co_return co_await askers_.at(peer.number).run(channel);
  };
  for (std::size_t attempt = 0; !stopping_; ++attempt) {
    const auto ended = co_await speak_once(peer, peer.mesh[attempt % peer.mesh.size()], kQuestions, ask);
    cell_.log.debug("replicate: no questions to a peer", {{"peer", peer.id}, {"reason", ended.reason}});
    if (stopping_) break;
    co_await pause->wait(longest);
    longest = std::min(2 * longest, kLongestPause);
  }
  pause->close();
}

awaitable<Result<mesh::Answer>> Mesh::ask(model::CellNumber peer, mesh::Question question, base::Duration patience) {
  co_return co_await boost::asio::co_spawn(
      context_,
      [](Mesh* self, model::CellNumber whom, mesh::Question what, base::Duration longest) -> awaitable<Result<mesh::Answer>> {
        const auto asker = self->askers_.find(whom);
        if (asker == self->askers_.end()) co_return base::fail(Errc::unavailable, "no such peer");
        co_return co_await asker->second.ask(std::move(what), longest);
      }(this, peer, std::move(question), patience),
      kAwait);
}

awaitable<base::Error> Mesh::speak_once(const Member& peer, const MeshAddress& address, std::uint32_t lane, Speak speak) {
  auto socket = co_await connect(address);
  if (!socket) co_return socket.error();
  TlsChannel channel(std::move(*socket), *tls_);
  const Enlisted<Channel*> enlisted(channels_, &channel);
  channel.expect_proof_within(kPatience);
  const auto proven = co_await channel.handshake(TlsChannel::Side::dials);
  if (!proven) co_return proven.error();
  if (*proven != peer.number) co_return base::Error{Errc::denied, "another cell than the one that was called"};
  const auto greeting = co_await greet(channel, lane);
  if (!greeting) co_return greeting.error();
  if (auto welcome = check(*greeting, *proven); !welcome) co_return welcome.error();
  channel.proven();
  co_return co_await speak(channel, *greeting);
}

awaitable<Result<MeshSocket>> Mesh::connect(const MeshAddress& address) {
  boost::system::error_code error;
  boost::asio::ip::basic_resolver<Tcp, base::Executor> resolver(context_.get_executor());
  const auto found = co_await resolver.async_resolve(address.host, std::to_string(address.port),
                                                     boost::asio::redirect_error(kAwait, error));
  if (error) co_return base::fail(Errc::unavailable, error.message());
  MeshSocket socket(context_.get_executor());
  Timer deadline(context_.get_executor(), kPatience);
  deadline.async_wait([&socket](const boost::system::error_code& stopped) {
    boost::system::error_code ignored;
    if (!stopped) socket.close(ignored);
  });
  co_await boost::asio::async_connect(socket, found, boost::asio::redirect_error(kAwait, error));
  if (error) co_return base::fail(Errc::unavailable, error.message());
  co_return socket;
}

awaitable<Result<mesh::Hello>> Mesh::greet(Channel& channel, std::uint32_t lane) {
  if (auto sent = co_await channel.send(hello(lane)); !sent) co_return base::pass_on(sent);
  auto frame = co_await channel.receive();
  if (!frame) co_return base::pass_on(frame);
  if (frame->has_bye()) co_return base::fail(Errc::denied, "refused: " + frame->bye().reason().substr(0, 200));
  if (!frame->has_hello()) co_return base::fail(Errc::invalid, "no greeting");
  co_return std::move(*frame->mutable_hello());
}

}  // namespace cardea::replicate
