#include "app/mesh_node.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "app/mesh_metrics.h"

namespace cardea::app {
namespace {

constexpr auto kReportEvery = std::chrono::seconds(1);

}  // namespace

base::Result<std::unique_ptr<MeshNode>> MeshNode::open(Foundation& f, boost::asio::io_context& context) {
  const auto& config = f.config;
  if (config.topology_file.empty()) {
    if (config.mesh.on) return base::fail(base::Errc::invalid, "listen.mesh: needs topology.file");
    return nullptr;
  }
  if (f.standby != nullptr) return base::fail(base::Errc::invalid, "topology.file: a standby is not in the mesh");
  auto topology = replicate::Topology::read(config.topology_file);
  if (!topology) return base::pass_on(topology);
  if (topology->find(config.cell_number) == nullptr)
    return base::fail(base::Errc::invalid, "topology.file: does not name this cell, number " + std::to_string(config.cell_number));
  auto tls = replicate::MeshTls::open({config.mesh_authority, config.mesh_certificate, config.mesh_key});
  if (!tls) return base::pass_on(tls);
  replicate::Mesh::Settings settings{.topology = std::move(*topology), .listen = {}};
  if (config.mesh.on) settings.listen = {config.mesh.host, config.mesh.port};
  return std::unique_ptr<MeshNode>(new MeshNode(f, context, std::move(settings), std::move(*tls)));
}

MeshNode::MeshNode(Foundation& f, boost::asio::io_context& context, replicate::Mesh::Settings settings,
                   std::unique_ptr<replicate::MeshTls> tls)
    : foundation_(f),
      context_(context),
      bell_(*f.database),
      cell_{*f.database, f.clock, *f.log, bell_, [&context] { return store::make_alarm(context.get_executor()); }},
      mesh_(cell_, std::move(settings), std::move(tls), context),
      report_alarm_(cell_.make_alarm()),
      reported_(cell_.make_alarm()) {}

MeshNode::~MeshNode() {
  report_alarm_->close();
  reported_->close();
}

base::Result<void> MeshNode::start() {
  if (auto started = mesh_.start(); !started) return started;
  boost::asio::co_spawn(context_, report_until_stopped(), boost::asio::detached);
  return {};
}

base::awaitable<void> MeshNode::report_until_stopped() {
  reporting_ = true;
  while (!stopping_) {
    for (const auto& status : co_await mesh_.status()) report(foundation_.metrics, status, foundation_.clock.now());
    co_await report_alarm_->wait(kReportEvery);
  }
  reporting_ = false;
  reported_->ring();
}

base::awaitable<void> MeshNode::stop() {
  co_await boost::asio::co_spawn(
      context_,
      [](MeshNode* self) -> base::awaitable<void> {
        self->stopping_ = true;
        self->report_alarm_->ring();
        while (self->reporting_) co_await self->reported_->wait(std::chrono::seconds(1));
      }(this),
      boost::asio::use_awaitable_t<base::Executor>());
  co_await mesh_.stop();
}

}  // namespace cardea::app
