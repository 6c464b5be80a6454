#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "app/foundation.h"
#include "replicate/mesh.h"

namespace cardea::app {

// This node in the mesh of cells, when `topology.file` names one.
class MeshNode {
 public:
  // nullptr without a topology. invalid: a wrong setting. `context` is run by somebody else, on one thread; all must
  // outlive stop().
  static base::Result<std::unique_ptr<MeshNode>> open(Foundation& foundation, boost::asio::io_context& context);

  ~MeshNode();

  base::Result<void> start();
  // Done when nothing is under way any more. On any executor.
  base::awaitable<void> stop();

 private:
  MeshNode(Foundation& foundation, boost::asio::io_context& context, replicate::Mesh::Settings settings,
           std::unique_ptr<replicate::MeshTls> tls);

  base::awaitable<void> report_until_stopped();

  Foundation& foundation_;
  boost::asio::io_context& context_;
  replicate::Bell bell_;
  const replicate::Cell cell_;
  replicate::Mesh mesh_;
  const std::shared_ptr<store::Alarm> report_alarm_, reported_;
  bool stopping_ = false, reporting_ = false;  // context_'s thread only
};

}  // namespace cardea::app
