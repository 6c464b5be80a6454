#include "http/server.h"

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <thread>

#include "http/connection.h"
#include "http/server_state.h"

namespace cardea::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto kUse = asio::as_tuple(asio::use_awaitable_t<base::Executor>{});
constexpr int kBacklog = 4096;

IpAddress to_ip(const asio::ip::address& address) {
  IpAddress out;
  out.v4 = address.is_v4() || address.to_v6().is_v4_mapped();
  const auto v6 = address.is_v4() ? asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4()) : address.to_v6();
  const auto bytes = v6.to_bytes();
  std::copy(bytes.begin(), bytes.end(), out.bytes.begin());
  return out;
}

// `shared`: with SO_REUSEPORT, one acceptor per core, and listening; else the port is only claimed.
error_code claim(Acceptor& acceptor, const tcp::endpoint& endpoint, bool shared) {
  error_code error;
  const auto failed = [&] { return static_cast<bool>(error); };
  acceptor.open(endpoint.protocol(), error);
  if (failed()) return error;
  acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (failed()) return error;
  if (endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only(false), error);
  const int on = 1;
  if (shared && setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0)
    return {errno, boost::system::system_category()};
  acceptor.bind(endpoint, error);
  if (shared && !failed()) acceptor.listen(kBacklog, error);
  return error;
}

}  // namespace

ServerMetrics::ServerMetrics(base::Metrics& metrics)
    : seconds(metrics.histogram("cardea_http_request_duration_seconds",
                                "From the complete request to the written answer.", base::latency_bounds())),
      open(metrics.gauge("cardea_http_connections", "Open connections.")),
      accepted(metrics.counter("cardea_http_connections_total", "Connections accepted.")),
      turned_away(
          metrics.counter("cardea_http_connections_refused_total", "Connections closed because there were too many.")),
      timeouts(
          metrics.counter("cardea_http_timeouts_total", "Deadlines that ran out: idle, slow, or a slow handler.")) {
  for (const char* status : {"1xx", "2xx", "3xx", "4xx", "5xx"})
    by_class.push_back(
        metrics.counter("cardea_http_responses_total", "Answers by class of status.", {{"status", status}}));
}

Response ServerState::error_response(int status) const {
  Response response;
  if (options.error_page)
    response = options.error_page(status);
  else
    response = Response::json(
        status, {{"statusCode", status}, {"error", reason_phrase(status)}, {"message", reason_phrase(status)}});
  response.close = true;
  return response;
}

class Server::Impl : public std::enable_shared_from_this<Server::Impl> {
 public:
  Impl(ServerOptions options, Handler handler, std::vector<asio::io_context*> contexts, const base::Clock& clock,
       base::Random& random, base::Log& log, base::Metrics& metrics)
      : state_(std::make_shared<ServerState>(std::move(options), std::move(handler), clock, random, log, metrics)) {
    for (auto* context : contexts) cores_.push_back(std::make_unique<Core>(*context, *state_));
  }

  base::Result<void> start();
  base::Result<void> reload();
  void drain(base::Duration patience);
  void stop();
  const std::vector<std::uint16_t>& ports() const { return ports_; }
  std::size_t connections() const { return state_->connections.load(); }

 private:
  struct Door {
    std::unique_ptr<Acceptor> acceptor;
    Core* core;
    const Listener* listener;
  };

  base::Result<void> open_listener(const Listener& listener);
  base::awaitable<void> accept(Door& door);
  void welcome(Door& door, Socket socket, const tcp::endpoint& peer);
  // Runs `work` with each core on its own thread and waits until all have.
  void on_each_core(const std::function<void(Core&)>& work);
  void close_doors(const Core& core);

  const std::shared_ptr<ServerState> state_;
  std::vector<std::unique_ptr<Core>> cores_;
  std::vector<Door> doors_;
  std::vector<std::uint16_t> ports_;
  bool started_ = false;
};

base::Result<void> Server::Impl::reload() {
  auto context = TlsContext::open(state_->options.tls);
  if (!context) return base::pass_on(context);
  state_->tls.store(std::move(*context));
  return {};
}

base::Result<void> Server::Impl::open_listener(const Listener& listener) {
  error_code error;
  const auto address = asio::ip::make_address(listener.address, error);
  if (error) return base::fail(base::Errc::invalid, "not an address to listen on: " + listener.address);
  tcp::endpoint endpoint(address, listener.port);
  {
    // SO_REUSEPORT would let a second process of ours share the port without a word; this one may not.
    Acceptor probe(cores_.front()->context().get_executor());
    error = claim(probe, endpoint, false);
    if (error == asio::error::address_family_not_supported && address.is_v6() && address.is_unspecified()) {
      endpoint = tcp::endpoint(asio::ip::address_v4::any(), listener.port);
      probe.close(error);
      error = claim(probe, endpoint, false);
    }
    if (!error) endpoint.port(probe.local_endpoint().port());
  }
  for (auto& core : cores_) {
    auto acceptor = std::make_unique<Acceptor>(core->context().get_executor());
    if (!error) error = claim(*acceptor, endpoint, true);
    if (error)
      return base::fail(base::Errc::unavailable, "cannot listen on " + listener.address + " port " +
                                                     std::to_string(listener.port) + ": " + error.message());
    doors_.push_back({std::move(acceptor), core.get(), &listener});
  }
  ports_.push_back(endpoint.port());
  return {};
}

base::Result<void> Server::Impl::start() {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets without MSG_NOSIGNAL
  bool tls = false;
  for (const auto& listener : state_->options.listeners) tls = tls || listener.tls;
  if (tls)
    if (auto loaded = reload(); !loaded) return loaded;
  for (const auto& listener : state_->options.listeners) {
    auto opened = open_listener(listener);
    if (opened) continue;
    doors_.clear();
    ports_.clear();
    return opened;
  }
  started_ = true;
  for (auto& door : doors_) {
    state_->tasks.add();
    asio::co_spawn(door.core->context().get_executor(), accept(door),
                   [self = shared_from_this()](std::exception_ptr) { self->state_->tasks.remove(); });
  }
  for (auto& core : cores_) {
    state_->tasks.add();
    asio::post(core->context(), [this, self = shared_from_this(), core = core.get()] {
      core->start_ticking();
      state_->tasks.remove();
    });
  }
  return {};
}

base::awaitable<void> Server::Impl::accept(Door& door) {
  Timer pause(door.core->context().get_executor());
  while (door.acceptor->is_open()) {
    Socket socket(door.core->context().get_executor());
    tcp::endpoint peer;
    const auto [error] = co_await door.acceptor->async_accept(socket, peer, kUse);
    if (!door.acceptor->is_open() || error == asio::error::operation_aborted) break;
    if (!error) {
      welcome(door, std::move(socket), peer);
      continue;
    }
    if (error == asio::error::connection_aborted) continue;
    // No file descriptors, most likely: they come back when connections end.
    state_->log.warn("cannot accept a connection", {{"error", error.message()}});
    pause.expires_after(std::chrono::milliseconds(100));
    co_await pause.async_wait(kUse);
  }
}

void Server::Impl::welcome(Door& door, Socket socket, const tcp::endpoint& peer) {
  state_->metrics.accepted.add();
  if (state_->connections.fetch_add(1) >= state_->options.max_connections) {
    state_->connections.fetch_sub(1);
    state_->metrics.turned_away.add();
    return;
  }
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  state_->metrics.open.add(1);
  state_->tasks.add();
  auto connection =
      std::make_shared<Connection>(state_, *door.core, std::move(socket), to_ip(peer.address()), *door.listener);
  auto& signal = connection->signal();
  auto* const running = connection.get();
  asio::co_spawn(door.core->context().get_executor(), running->run(),
                 asio::bind_cancellation_slot(signal.slot(), [connection = std::move(connection),
                                                              state = state_](std::exception_ptr failure) mutable {
                   connection.reset();
                   if (failure) state->log.error("a connection ended by an exception", {});
                   state->metrics.open.add(-1);
                   state->connections.fetch_sub(1);
                   state->tasks.remove();
                 }));
}

void Server::Impl::on_each_core(const std::function<void(Core&)>& work) {
  TaskCount posted;
  for (auto& core : cores_) {
    posted.add();
    asio::post(core->context(), [&work, &posted, core = core.get()] {
      work(*core);
      posted.remove();
    });
  }
  posted.wait();
}

void Server::Impl::close_doors(const Core& core) {
  error_code ignored;
  for (auto& door : doors_)
    if (door.core == &core) door.acceptor->close(ignored);
}

void Server::Impl::drain(base::Duration patience) {
  if (!started_) return;
  state_->draining = true;
  on_each_core([this](Core& core) {
    close_doors(core);
    const std::vector<Connection*> present(core.connections().begin(), core.connections().end());
    for (auto* connection : present) connection->drain();
  });
  constexpr base::Duration kStep(10);
  for (base::Duration waited(0); waited < patience && connections() > 0; waited += kStep)
    std::this_thread::sleep_for(kStep);
}

void Server::Impl::stop() {
  if (!started_) return;
  state_->draining = true;
  on_each_core([this](Core& core) {
    close_doors(core);
    core.stop_ticking();
    const std::vector<Connection*> present(core.connections().begin(), core.connections().end());
    for (auto* connection : present)
      if (core.connections().contains(connection)) connection->abort();
  });
  state_->tasks.wait();
  started_ = false;
}

Server::Server(ServerOptions options, Handler handler, std::vector<asio::io_context*> contexts,
               const base::Clock& clock, base::Random& random, base::Log& log, base::Metrics& metrics)
    : impl_(std::make_shared<Impl>(std::move(options), std::move(handler), std::move(contexts), clock, random, log,
                                   metrics)) {}
Server::~Server() { impl_->stop(); }
base::Result<void> Server::start() { return impl_->start(); }
const std::vector<std::uint16_t>& Server::ports() const { return impl_->ports(); }
void Server::drain(base::Duration patience) { impl_->drain(patience); }
void Server::stop() { impl_->stop(); }
std::size_t Server::connections() const { return impl_->connections(); }
base::Result<void> Server::reload_certificate() { return impl_->reload(); }

}  // namespace cardea::http
