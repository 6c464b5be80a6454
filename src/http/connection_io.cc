// The half of Connection that moves bytes: deadlines, PROXY header, TLS, reading, writing, closing.
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>

#include "http/connection.h"
#include "http/proxy_protocol.h"

namespace cardea::http {

namespace asio = boost::asio;

namespace {

constexpr auto kUse = asio::as_tuple(asio::use_awaitable_t<base::Executor>{});
constexpr std::size_t kFirstBuffer = 4096;
constexpr std::size_t kBodyBuffer = 16 * 1024;
constexpr std::size_t kLargestBuffer = 64 * 1024;
constexpr std::size_t kLingerBytes = 256 * 1024;
constexpr base::Duration kLingerTime = std::chrono::seconds(2);
constexpr std::chrono::nanoseconds kRateGrace = std::chrono::seconds(5);
constexpr std::size_t kMinReadBytesPerSecond = 1024;  // of a client that takes a long answer

}  // namespace

// What an SSL call came to, in the words of tls_read and tls_write.
long Connection::outcome(int result) {
  if (result > 0) return result;
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
      wait_for_write_ = false;
      return kAgain;
    case SSL_ERROR_WANT_WRITE:
      wait_for_write_ = true;
      return kAgain;
    case SSL_ERROR_ZERO_RETURN:
      return 0;
    default:
      ERR_clear_error();
      return kBroken;
  }
}

Connection::Connection(std::shared_ptr<ServerState> state, Core& core, Socket socket, IpAddress peer,
                       const Listener& listener)
    : state_(std::move(state)),
      tls_(listener.tls ? state_->tls.load() : nullptr),
      core_(core),
      socket_(std::move(socket)),
      peer_(peer),
      peer_text_(peer.to_string()),
      listener_(listener),
      parser_({.header_bytes = state_->options.max_header_bytes,
               .request_line = std::min<std::size_t>(8192, state_->options.max_header_bytes),
               .headers = state_->options.max_headers}) {
  core_.enlist(this);
}

Connection::~Connection() {
  core_.strike(this);
  SSL_free(ssl_);
}

void Connection::enter(Phase phase, std::chrono::nanoseconds now, base::Duration patience) {
  phase_ = phase;
  phase_started_ = now;
  phase_bytes_ = 0;
  deadline_ = now + patience;
}

void Connection::check_deadline(std::chrono::nanoseconds now) {
  bool late = now > deadline_;
  if (phase_ == Phase::body && !late) {
    const auto counted = now - phase_started_ - kRateGrace;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(counted).count();
    late = seconds > 0 && phase_bytes_ < static_cast<std::size_t>(seconds) * state_->options.min_body_bytes_per_second;
  }
  if (!late) return;
  deadline_ = std::chrono::nanoseconds::max();
  expired_ = true;
  state_->metrics.timeouts.add();
  if (phase_ == Phase::handling) {
    signal_.emit(asio::cancellation_type::terminal);
  } else {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
  }
}

void Connection::drain() {
  if (phase_ != Phase::idle && phase_ != Phase::opening) return;
  boost::system::error_code ignored;
  expired_ = true;
  socket_.cancel(ignored);
}

void Connection::abort() {
  aborted_ = true;
  const auto self = shared_from_this();  // the emission may end us
  boost::system::error_code ignored;
  socket_.cancel(ignored);
  signal_.emit(asio::cancellation_type::terminal);
}

base::awaitable<bool> Connection::open() {
  enter(Phase::opening, state_->clock.steady(), state_->options.header_timeout);
  if (listener_.proxy_protocol && any_contains(state_->options.trusted_proxies, peer_) && !co_await read_proxy_header())
    co_return false;
  boost::system::error_code error;
  socket_.non_blocking(true, error);
  if (error) co_return false;
  if (!tls_) co_return true;
  ssl_ = tls_->accept_on(socket_.native_handle());
  co_return ssl_ != nullptr&& co_await handshake();
}

// Reads not one byte more than the header: what follows may be TLS.
base::awaitable<bool> Connection::read_proxy_header() {
  std::string bytes;
  while (true) {
    std::size_t wanted = 16;
    if (bytes.size() >= 16)
      wanted = 16 + static_cast<std::uint8_t>(bytes[14]) * std::size_t{256} + static_cast<std::uint8_t>(bytes[15]);
    const auto before = bytes.size();
    bytes.resize(wanted);
    const auto [error, size] =
        co_await socket_.async_read_some(asio::buffer(bytes.data() + before, wanted - before), kUse);
    if (error || expired_) co_return false;
    bytes.resize(before + size);
    const auto header = parse_proxy_header(bytes);
    if (header.state == ProxyHeader::State::malformed) co_return false;
    if (header.state == ProxyHeader::State::need_more) continue;
    if (!header.local) peer_ = header.source;
    peer_text_ = peer_.to_string();
    co_return true;
  }
}

base::awaitable<bool> Connection::handshake() {
  while (true) {
    ERR_clear_error();
    const long result = outcome(SSL_do_handshake(ssl_));
    if (result > 0) co_return true;
    if (result != kAgain || !co_await wait(wait_for_write_)) co_return false;
  }
}

base::awaitable<bool> Connection::wait(bool for_write) {
  if (expired_ || aborted_) co_return false;
  const auto [error] = co_await socket_.async_wait(for_write ? Socket::wait_write : Socket::wait_read, kUse);
  co_return !error && !expired_ && !aborted_;
}

long Connection::tls_read(char* to, std::size_t size) {
  ERR_clear_error();
  return outcome(SSL_read(ssl_, to, static_cast<int>(size)));
}

long Connection::tls_write(std::string_view bytes) {
  ERR_clear_error();
  const auto size = std::min<std::size_t>(bytes.size(), std::size_t{1} << 20);
  return outcome(SSL_write(ssl_, bytes.data(), static_cast<int>(size)));
}

base::awaitable<bool> Connection::fill() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
    // A connection that only waits keeps a small buffer.
    if (phase_ == Phase::idle && in_.size() > kFirstBuffer) in_ = std::string();
  }
  if (end_ == in_.size() && begin_ > 0) {
    std::memmove(in_.data(), in_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == in_.size()) {
    if (in_.size() >= kLargestBuffer) co_return false;
    in_.resize(std::max(phase_ == Phase::body ? kBodyBuffer : kFirstBuffer, in_.size() * 2));
  }
  if (expired_ || aborted_) co_return false;
  char* const to = in_.data() + end_;
  const std::size_t room = in_.size() - end_;
  std::size_t got = 0;
  if (ssl_ == nullptr) {
    const auto [error, size] = co_await socket_.async_read_some(asio::buffer(to, room), kUse);
    if (error || expired_ || aborted_) co_return false;
    got = size;
  } else {
    long result = tls_read(to, room);
    while (result == kAgain) {
      if (!co_await wait(wait_for_write_)) co_return false;
      result = tls_read(to, room);
    }
    if (result <= 0) co_return false;
    got = static_cast<std::size_t>(result);
  }
  end_ += got;
  phase_bytes_ += got;
  if (phase_ == Phase::idle) enter(Phase::head, state_->clock.steady(), state_->options.header_timeout);
  co_return true;
}

long Connection::try_write(std::string_view first, std::string_view second) {
  if (ssl_ != nullptr) return tls_write(first.empty() ? second : first);
  const std::array<asio::const_buffer, 2> buffers = {asio::buffer(first), asio::buffer(second)};
  boost::system::error_code error;
  const auto size = socket_.write_some(buffers, error);
  wait_for_write_ = true;
  if (!error) return static_cast<long>(size);
  return error == asio::error::would_block || error == asio::error::try_again ? kAgain : kBroken;
}

base::awaitable<bool> Connection::write(std::string_view first, std::string_view second) {
  std::size_t sent = 0;
  std::size_t marked = 0;
  bool waited = false;
  while (!first.empty() || !second.empty()) {
    const long result = try_write(first, second);
    if (result > 0) {
      sent += static_cast<std::size_t>(result);
      const auto of_first = std::min(first.size(), static_cast<std::size_t>(result));
      first.remove_prefix(of_first);
      second.remove_prefix(static_cast<std::size_t>(result) - of_first);
      continue;
    }
    if (result != kAgain) co_return false;
    // Each span of write_timeout must move that many bytes; what the kernel buffered at first does not count.
    const auto patience = state_->options.write_timeout;
    if (!waited || (sent - marked) * 1000 >= kMinReadBytesPerSecond * static_cast<std::size_t>(patience.count())) {
      enter(Phase::writing, state_->clock.steady(), patience);
      marked = sent;
    }
    waited = true;
    if (!co_await wait(wait_for_write_)) co_return false;
  }
  co_return true;
}

// Closing a socket with unread input makes the kernel send a reset, which can overtake our answer: so the write side
// is closed first, and what still comes is read and dropped for a while.
base::awaitable<void> Connection::close() {
  boost::system::error_code ignored;
  if (ssl_ != nullptr && phase_ != Phase::opening) {
    ERR_clear_error();
    SSL_shutdown(ssl_);
    ERR_clear_error();
  }
  if (linger_ && !aborted_) {
    socket_.shutdown(Socket::shutdown_send, ignored);
    enter(Phase::lingering, state_->clock.steady(), kLingerTime);
    expired_ = false;
    std::array<char, 4096> dropped;
    for (std::size_t total = 0; total < kLingerBytes && !expired_ && !aborted_;) {
      const auto [error, size] = co_await socket_.async_read_some(asio::buffer(dropped), kUse);
      if (error) break;
      total += size;
    }
  }
  socket_.close(ignored);
}

}  // namespace cardea::http
