#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "base/clock.h"
#include "replicate/channel.h"
#include "replicate/tls/mesh_tls.h"

namespace cardea::replicate {

using MeshSocket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, base::Executor>;

// Frames over TLS. A frame is at most 32 MB; a peer whose machine has vanished is noticed within ten seconds.
class TlsChannel final : public Channel {
 public:
  static constexpr std::uint32_t kLongestFrame = 32 << 20;

  // `tls` must outlive it.
  TlsChannel(MeshSocket socket, MeshTls& tls);

  // Closes it when it has not proven itself by then; proven() ends that.
  void expect_proof_within(base::Duration longest);
  void proven();

  enum class Side { dials, listens };
  // denied: the other side has shown no certificate of the mesh. Gives its cell.
  base::awaitable<base::Result<model::CellNumber>> handshake(Side side);

  base::awaitable<base::Result<mesh::Frame>> receive() override;
  base::awaitable<base::Result<void>> send(const mesh::Frame& frame) override;
  void close() override;

 private:
  using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                  boost::asio::wait_traits<std::chrono::steady_clock>, base::Executor>;

  boost::asio::ssl::stream<MeshSocket> stream_;
  Timer proof_;
  std::string incoming_, outgoing_;
};

}  // namespace cardea::replicate
