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

#include "replicate/calls/call_taker.h"
#include "replicate/calls/caller.h"
#include "replicate/cell.h"
#include "replicate/dialer.h"
#include "replicate/puller.h"
#include "replicate/receipts.h"
#include "replicate/tls/tls_channel.h"
#include "replicate/topology.h"
#include "replicate/upkeep.h"

namespace cardea::replicate {

// How far this cell has followed one lane of a peer, and the peer ours.
struct PeerStatus {
  model::CellNumber peer = 0;
  std::string id;
  store::Lane lane = store::Lane::hot;
  bool connected = false;
  std::string incarnation;  // of its store; "" before the first connection
  LaneStatus followed;
  std::uint64_t acknowledged = 0;  // rows of ours since this node started
  std::string trouble;             // why there is no connection; "" when there is one
};

// This node in the mesh of cells: follows both lanes of every peer, feeds those who ask (REPLICATION.md §2.4), and
// looks after what the feed does not bring.
// Everything runs on one io_context.
class Mesh final : private ReceiptListener {
 public:
  struct Settings {
    Topology topology;
    std::optional<MeshAddress> listen;  // an empty host = all addresses
    Upkeep::Settings upkeep{};
  };

  // `cell` and what it refers to must outlive it, and so must `receipts` and `context`, which somebody else runs on one
  // thread.
  Mesh(const Cell& cell, Settings settings, std::unique_ptr<MeshTls> tls, ReceiptListener& receipts,
       CallTaker::Answer answer, boost::asio::io_context& context);
  ~Mesh();

  // invalid: it cannot listen there.
  base::Result<void> start();
  // Done when nothing is under way any more. On any executor.
  base::awaitable<void> stop();
  base::awaitable<std::vector<PeerStatus>> status();
  // unavailable: the peer is silent. On any executor.
  base::awaitable<base::Result<mesh::CallAnswer>> ask(model::CellNumber peer, mesh::Call question,
                                                      base::Duration patience);
  base::awaitable<UpkeepStatus> upkeep();

 private:
  using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, base::Executor>;
  using PeerLane = std::pair<model::CellNumber, store::Lane>;

  void applied(model::CellNumber peer, store::Lane lane, const std::vector<Carried>& rows) override;

  void spawn(base::awaitable<void> work);
  base::awaitable<void> accept();
  base::awaitable<void> answer(MeshSocket socket);
  base::awaitable<base::Error> answer(TlsChannel& channel);
  base::awaitable<void> follow(const Member& peer, store::Lane lane);
  base::awaitable<void> call(const Member& peer);
  base::awaitable<base::Error> follow_once(const Member& peer, const MeshAddress& address, store::Lane lane);
  base::awaitable<void> look_after();
  base::awaitable<void> compare(const Member& peer);
  base::awaitable<void> begin_anew(model::CellNumber told_by, std::string said);

  const Cell& cell_;
  const Settings settings_;
  const std::unique_ptr<MeshTls> tls_;
  ReceiptListener& receipts_;
  const CallTaker::Answer answer_;
  boost::asio::io_context& context_;
  std::optional<Acceptor> acceptor_;
  std::map<PeerLane, PeerStatus> status_;
  std::map<model::CellNumber, Caller> callers_;
  std::set<Channel*> channels_;  // open ones, to be closed at the end
  Dialer dialer_;
  Upkeep upkeep_;
  std::set<std::shared_ptr<store::Alarm>> waits_;  // pauses between attempts
  std::shared_ptr<store::Alarm> ended_;
  bool stopping_ = false;
  int running_ = 0;
};

}  // namespace cardea::replicate
