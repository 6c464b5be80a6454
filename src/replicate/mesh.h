#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "replicate/cell.h"
#include "replicate/inquiry/answerer.h"
#include "replicate/inquiry/asker.h"
#include "replicate/puller.h"
#include "replicate/receipts.h"
#include "replicate/tls/tls_channel.h"
#include "replicate/topology.h"

namespace cardea::replicate {

// How far this cell has followed one lane of a peer, and the peer ours.
struct PeerStatus {
  model::CellNumber peer = 0;
  std::string id;
  store::Lane lane = store::Lane::hot;
  bool connected = false;
  LaneStatus followed;
  std::uint64_t acknowledged = 0;  // rows of ours since this node started
  std::string trouble;             // why there is no connection; "" when there is one
};

// This node in the mesh of cells: follows both lanes of every peer, and feeds those who ask (REPLICATION.md §2.4).
// Everything runs on one io_context.
class Mesh final : private ReceiptListener {
 public:
  struct Settings {
    Topology topology;
    std::optional<MeshAddress> listen;  // an empty host = all addresses
  };

  // `cell` and what it refers to must outlive it, and so must `receipts` and `context`, which somebody else runs on one
  // thread.
  Mesh(const Cell& cell, Settings settings, std::unique_ptr<MeshTls> tls, ReceiptListener& receipts,
       Answerer::Answer answer, boost::asio::io_context& context);
  ~Mesh();

  // invalid: it cannot listen there.
  base::Result<void> start();
  // Done when nothing is under way any more. On any executor.
  base::awaitable<void> stop();
  base::awaitable<std::vector<PeerStatus>> status();
  // unavailable: the peer is silent. On any executor.
  base::awaitable<base::Result<mesh::Answer>> ask(model::CellNumber peer, mesh::Question question,
                                                  base::Duration patience);

 private:
  using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, base::Executor>;
  using PeerLane = std::pair<model::CellNumber, store::Lane>;

  void applied(model::CellNumber peer, store::Lane lane, const std::vector<Carried>& rows) override;

  void spawn(base::awaitable<void> work);
  base::awaitable<void> accept();
  base::awaitable<void> answer(MeshSocket socket);
  base::awaitable<base::Error> answer(TlsChannel& channel);
  // Both speak over a connection to the peer, made anew whenever it has ended.
  base::awaitable<void> follow(const Member& peer, store::Lane lane);
  base::awaitable<void> ask_about(const Member& peer);
  // What is done with a connection that has been greeted; gives why it ended.
  using Speak = std::function<base::awaitable<base::Error>(Channel& channel, const mesh::Hello& greeting)>;
  base::awaitable<base::Error> speak_once(const Member& peer, const MeshAddress& address, std::uint32_t lane, Speak speak);
  base::awaitable<base::Result<MeshSocket>> connect(const MeshAddress& address);
  base::awaitable<base::Result<mesh::Hello>> greet(Channel& channel, std::uint32_t lane);
  base::Result<void> check(const mesh::Hello& hello, model::CellNumber proven) const;
  mesh::Frame hello(std::uint32_t lane) const;

  const Cell& cell_;
  const Settings settings_;
  const std::unique_ptr<MeshTls> tls_;
  ReceiptListener& receipts_;
  const Answerer::Answer answer_;
  boost::asio::io_context& context_;
  std::optional<Acceptor> acceptor_;
  std::map<PeerLane, PeerStatus> status_;
  std::map<model::CellNumber, Asker> askers_;
  std::set<Channel*> channels_;                   // open ones, to be closed at the end
  std::set<std::shared_ptr<store::Alarm>> waits_;  // pauses between attempts
  std::shared_ptr<store::Alarm> ended_;
  bool stopping_ = false;
  int running_ = 0;
};

}  // namespace cardea::replicate
