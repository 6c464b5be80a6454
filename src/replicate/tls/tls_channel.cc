#include "replicate/tls/tls_channel.h"

#include <netinet/tcp.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace cardea::replicate {
namespace {

using base::awaitable;
using base::Errc;
using base::Result;
using Length = std::array<unsigned char, 4>;

constexpr boost::asio::use_awaitable_t<base::Executor> kAwait;

std::unexpected<base::Error> lost(const boost::system::error_code& error) {
  return base::fail(Errc::unavailable, error.message());
}

Length write_length(std::size_t size) {
  return {static_cast<unsigned char>(size >> 24), static_cast<unsigned char>(size >> 16),
          static_cast<unsigned char>(size >> 8), static_cast<unsigned char>(size)};
}

std::uint32_t read_length(const Length& bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

void watch_for_silence(MeshSocket& socket) {
  const auto set = [&](int level, int name, int value) {
    ::setsockopt(socket.native_handle(), level, name, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 3);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 2);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, 9'000);
  set(IPPROTO_TCP, TCP_NODELAY, 1);
}

}  // namespace

TlsChannel::TlsChannel(MeshSocket socket, MeshTls& tls)
    : stream_(std::move(socket), tls.context()), proof_(stream_.get_executor()) {
  watch_for_silence(stream_.next_layer());
}

// The handler is gone with the timer, which is gone with the channel.
void TlsChannel::expect_proof_within(base::Duration longest) {
  proof_.expires_after(longest);
  proof_.async_wait([this](const boost::system::error_code& error) {
    if (!error) close();
  });
}

void TlsChannel::proven() { proof_.cancel(); }

awaitable<Result<model::CellNumber>> TlsChannel::handshake(Side side) {
  boost::system::error_code error;
  co_await stream_.async_handshake(
      side == Side::dials ? boost::asio::ssl::stream_base::client : boost::asio::ssl::stream_base::server,
      boost::asio::redirect_error(kAwait, error));
  if (error) co_return base::fail(Errc::denied, error.message());
  co_return cell_of_peer(stream_.native_handle());
}

awaitable<Result<mesh::Frame>> TlsChannel::receive() {
  boost::system::error_code error;
  Length length{};
  co_await boost::asio::async_read(stream_, boost::asio::buffer(length), boost::asio::redirect_error(kAwait, error));
  if (error) co_return lost(error);
  const auto size = read_length(length);
  if (size > kLongestFrame) co_return base::fail(Errc::invalid, "a frame that is too long");
  incoming_.resize(size);
  co_await boost::asio::async_read(stream_, boost::asio::buffer(incoming_), boost::asio::redirect_error(kAwait, error));
  if (error) co_return lost(error);
  mesh::Frame frame;
  if (!frame.ParseFromString(incoming_)) co_return base::fail(Errc::invalid, "not a frame");
  co_return frame;
}

awaitable<Result<void>> TlsChannel::send(const mesh::Frame& frame) {
  outgoing_.clear();
  const auto length = write_length(frame.ByteSizeLong());
  outgoing_.append(reinterpret_cast<const char*>(length.data()), length.size());
  if (frame.ByteSizeLong() > kLongestFrame || !frame.AppendToString(&outgoing_))
    co_return base::fail(Errc::invalid, "a frame that is too long");
  boost::system::error_code error;
  co_await boost::asio::async_write(stream_, boost::asio::buffer(outgoing_),
                                    boost::asio::redirect_error(kAwait, error));
  if (error) co_return lost(error);
  co_return Result<void>{};
}

void TlsChannel::close() {
  boost::system::error_code ignored;
  stream_.next_layer().close(ignored);
}

}  // namespace cardea::replicate
