#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <memory>

#include "app/foundation.h"
#include "replicate/control/static_control.h"
#include "replicate/family_homes.h"
#include "replicate/mesh.h"
#include "replicate/receipt_book.h"

namespace cardea::app {

// This node in the mesh of cells, when `topology.file` names one.
class MeshNode {
 public:
  // nullptr without a topology. invalid: a wrong setting. From then on critical writes wait for other cells, as the
  // settings say. `context` is run by somebody else, on one thread; all must outlive stop().
  static base::Result<std::unique_ptr<MeshNode>> open(Foundation& foundation, boost::asio::io_context& context);

  ~MeshNode();

  base::Result<void> start();
  // Done when nothing is under way any more. On any executor.
  base::awaitable<void> stop();

  // Whether it may sign people in: it has once had all that the peers had (REPLICATION.md §4, RECOVERING). Those that
  // cannot be reached are waited for a few seconds, those that are marked down not at all. Safe from any thread.
  bool recovered() const { return recovered_; }
  // Whether writes are acknowledged now that no other cell may have. Safe from any thread.
  bool degraded() const { return receipts_.degraded_since().has_value(); }

 private:
  MeshNode(Foundation& foundation, boost::asio::io_context& context, replicate::Mesh::Settings settings,
           std::unique_ptr<replicate::MeshTls> tls);

  base::awaitable<void> look_until_stopped();
  base::awaitable<mesh::CallAnswer> answer(model::CellNumber peer, mesh::Call question);
  base::awaitable<bool> in_contact();
  base::awaitable<bool> has_recovered(const std::vector<replicate::PeerStatus>& peers);

  Foundation& foundation_;
  boost::asio::io_context& context_;
  store::Database& database_;  // which waits for nobody
  replicate::StaticControl control_;
  replicate::ReceiptBook receipts_;
  replicate::Bell bell_;
  const replicate::Cell cell_;
  replicate::Mesh mesh_;
  replicate::HomesOfFamilies homes_;
  const std::shared_ptr<store::Alarm> look_alarm_, ended_;
  std::chrono::nanoseconds began_;
  std::atomic<bool> recovered_{false};
  bool stopping_ = false, looking_ = false;  // context_'s thread only
};

}  // namespace cardea::app
