#include "app/mesh_node.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "app/mesh_metrics.h"
#include "app/mesh_settings.h"

namespace cardea::app {
namespace {

constexpr auto kReportEvery = std::chrono::seconds(1);

}  // namespace

base::Result<std::unique_ptr<MeshNode>> MeshNode::open(Foundation& f, boost::asio::io_context& context) {
  const auto& config = f.config;
  auto opened = open_mesh_settings(config);
  if (!opened) return base::pass_on(opened);
  if (!opened->tls) return nullptr;
  replicate::Mesh::Settings settings{.topology = std::move(opened->topology), .listen = {}, .upkeep = {}};
  if (config.mesh.on) settings.listen = {config.mesh.host, config.mesh.port};
  settings.upkeep.critical_every = std::chrono::minutes{config.mesh_compare_critical_minutes};
  settings.upkeep.others_every = std::chrono::hours{config.mesh_compare_others_hours};
  settings.upkeep.tombstones_after = std::chrono::days{config.backup_max_age_days};
  return std::unique_ptr<MeshNode>(new MeshNode(f, context, std::move(settings), std::move(opened->tls)));
}

MeshNode::MeshNode(Foundation& f, boost::asio::io_context& context, replicate::Mesh::Settings settings,
                   std::unique_ptr<replicate::MeshTls> tls)
    : foundation_(f),
      context_(context),
      bell_(*f.database),
      cell_{*f.database,
            *store::mesh_store_of(*f.database),
            f.clock,
            f.random,
            *f.log,
            bell_,
            [&context] { return store::make_alarm(context.get_executor()); }},
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
    const auto peers = co_await mesh_.status();
    for (const auto& status : peers) report(foundation_.metrics, status, foundation_.clock.now());
    report(foundation_.metrics, co_await mesh_.upkeep(), peers, foundation_.clock.now());
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
