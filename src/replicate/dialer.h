#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <set>

#include "replicate/cell.h"
#include "replicate/enlisted.h"
#include "replicate/tls/tls_channel.h"
#include "replicate/topology.h"

namespace cardea::replicate {

// What a connection is for: a lane of the feed, questions that may take long, or those that somebody waits for
// (Hello.lane).
enum class Errand : std::uint32_t { hot = 0, bulk = 1, questions = 2, calls = 3 };
inline Errand errand_of(store::Lane lane) { return lane == store::Lane::hot ? Errand::hot : Errand::bulk; }

// Makes connections to peers, and says who is one. One executor.
class Dialer {
 public:
  struct Connection {
    std::unique_ptr<TlsChannel> channel;
    std::unique_ptr<Enlisted<Channel*>> enlisted;  // before the channel goes
    mesh::Hello hello;                             // of the peer
  };

  // All must outlive it. `open`: the connections that are open, to be closed at the end.
  Dialer(const Cell& cell, const Topology& topology, MeshTls& tls, boost::asio::io_context& context,
         std::set<Channel*>& open)
      : cell_(cell), topology_(topology), tls_(tls), context_(context), open_(open) {}

  // `feeds`: it is we who feed over it. denied: somebody else is there, or refuses us. unavailable: nobody is.
  base::awaitable<base::Result<Connection>> dial(const Member& peer, const MeshAddress& address, Errand errand,
                                                 bool feeds = false);

  mesh::Frame hello(Errand errand, bool feeds = false) const;
  // denied, invalid: not a peer of ours. `proven` is the cell of its certificate.
  base::Result<void> check(const mesh::Hello& hello, model::CellNumber proven) const;

 private:
  base::awaitable<base::Result<MeshSocket>> connect(const MeshAddress& address);
  base::awaitable<base::Result<mesh::Hello>> greet(Channel& channel, Errand errand, bool feeds);

  const Cell& cell_;
  const Topology& topology_;
  MeshTls& tls_;
  boost::asio::io_context& context_;
  std::set<Channel*>& open_;
};

// How long anybody waits for a connection that has not proven itself.
inline constexpr base::Duration kHandshakePatience{3'000};

}  // namespace cardea::replicate
