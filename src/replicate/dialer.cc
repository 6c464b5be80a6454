#include "replicate/dialer.h"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace cardea::replicate {
namespace {

using base::awaitable;
using base::Errc;
using base::Result;
using Tcp = boost::asio::ip::tcp;
using SteadyClock = std::chrono::steady_clock;
using Timer = boost::asio::basic_waitable_timer<SteadyClock, boost::asio::wait_traits<SteadyClock>, base::Executor>;

constexpr boost::asio::use_awaitable_t<base::Executor> kAwait;
constexpr std::uint32_t kProtocol = 1;

}  // namespace

mesh::Frame Dialer::hello(Errand errand, bool feeds) const {
  mesh::Frame frame;
  auto& out = *frame.mutable_hello();
  out.set_cell(cell_.database.cell());
  out.set_incarnation(cell_.database.incarnation());
  out.set_lowest_protocol(kProtocol);
  out.set_highest_protocol(kProtocol);
  out.set_wall(base::to_millis(cell_.clock.now()));
  out.set_lane(static_cast<std::uint32_t>(errand));
  out.set_feeds(feeds);
  return frame;
}

Result<void> Dialer::check(const mesh::Hello& hello, model::CellNumber proven) const {
  if (hello.cell() != proven) return base::fail(Errc::denied, "a greeting of another cell than its certificate's");
  if (proven == cell_.database.cell()) return base::fail(Errc::denied, "our own cell");
  if (topology_.find(proven) == nullptr) return base::fail(Errc::denied, "a cell that is not in the topology");
  if (hello.lowest_protocol() > kProtocol || hello.highest_protocol() < kProtocol)
    return base::fail(Errc::denied, "no protocol in common");
  if (hello.incarnation().empty() || hello.incarnation().size() > 64 ||
      hello.lane() > static_cast<std::uint32_t>(Errand::calls))
    return base::fail(Errc::invalid, "a greeting that says nothing");
  return {};
}

awaitable<Result<Dialer::Connection>> Dialer::dial(const Member& peer, const MeshAddress& address, Errand errand,
                                                   bool feeds) {
  auto socket = co_await connect(address);
  if (!socket) co_return base::pass_on(socket);
  Connection out;
  out.channel = std::make_unique<TlsChannel>(std::move(*socket), tls_);
  out.enlisted = std::make_unique<Enlisted<Channel*>>(open_, out.channel.get());
  out.channel->expect_proof_within(kHandshakePatience);
  const auto proven = co_await out.channel->handshake(TlsChannel::Side::dials);
  if (!proven) co_return base::pass_on(proven);
  if (*proven != peer.number) co_return base::fail(Errc::denied, "another cell than the one that was called");
  auto greeting = co_await greet(*out.channel, errand, feeds);
  if (!greeting) co_return base::pass_on(greeting);
  if (auto welcome = check(*greeting, *proven); !welcome) co_return base::pass_on(welcome);
  out.channel->proven();
  out.hello = std::move(*greeting);
  co_return out;
}

awaitable<Result<MeshSocket>> Dialer::connect(const MeshAddress& address) {
  boost::system::error_code error;
  boost::asio::ip::basic_resolver<Tcp, base::Executor> resolver(context_.get_executor());
  const auto found = co_await resolver.async_resolve(address.host, std::to_string(address.port),
                                                     boost::asio::redirect_error(kAwait, error));
  if (error) co_return base::fail(Errc::unavailable, error.message());
  MeshSocket socket(context_.get_executor());
  Timer deadline(context_.get_executor(), kHandshakePatience);
  deadline.async_wait([&socket](const boost::system::error_code& stopped) {
    boost::system::error_code ignored;
    if (!stopped) socket.close(ignored);
  });
  co_await boost::asio::async_connect(socket, found, boost::asio::redirect_error(kAwait, error));
  if (error) co_return base::fail(Errc::unavailable, error.message());
  co_return socket;
}

awaitable<Result<mesh::Hello>> Dialer::greet(Channel& channel, Errand errand, bool feeds) {
  if (auto sent = co_await channel.send(hello(errand, feeds)); !sent) co_return base::pass_on(sent);
  auto frame = co_await channel.receive();
  if (!frame) co_return base::pass_on(frame);
  if (frame->has_bye()) co_return base::fail(Errc::denied, "refused: " + frame->bye().reason().substr(0, 200));
  if (!frame->has_hello()) co_return base::fail(Errc::invalid, "no greeting");
  co_return std::move(*frame->mutable_hello());
}

}  // namespace cardea::replicate
