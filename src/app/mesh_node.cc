#include "app/mesh_node.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>

#include "app/mesh_metrics.h"
#include "app/mesh_settings.h"

namespace cardea::app {
namespace {

constexpr base::Duration kLookEvery{1'000}, kLookEveryAtFirst{50};
constexpr auto kFresh = std::chrono::seconds(2);
constexpr auto kPatienceWithPeers = std::chrono::seconds(10);

replicate::ReceiptBook::Policy policy_of(const Config& config) {
  using replicate::Acknowledgement;
  using replicate::Unconfirmed;
  replicate::ReceiptBook::Policy out;
  out.acknowledgement = config.acknowledge == AcknowledgeMode::async  ? Acknowledgement::async
                        : config.acknowledge == AcknowledgeMode::sync ? Acknowledgement::sync
                                                                      : Acknowledgement::semi_sync;
  out.unconfirmed = config.unconfirmed == UnconfirmedMode::refuse    ? Unconfirmed::refuse
                    : config.unconfirmed == UnconfirmedMode::degrade ? Unconfirmed::degrade
                                                                     : Unconfirmed::by_change;
  out.cells = config.confirmations;
  out.patience = base::Duration(config.confirm_ms);
  return out;
}

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
      database_(f.own_store()),
      control_(settings.topology, f.config.cell_number),
      receipts_(policy_of(f.config), control_, f.clock, *f.log, store::make_alarm),
      bell_(database_),
      cell_{database_,
            *store::mesh_store_of(database_),
            f.clock,
            f.random,
            *f.log,
            bell_,
            [&context] { return store::make_alarm(context.get_executor()); }},
      mesh_(
          cell_, std::move(settings), std::move(tls), receipts_,
          [this](model::CellNumber peer, mesh::Call question) { return answer(peer, std::move(question)); }, context),
      homes_(
          cell_, control_,
          [this](model::CellNumber peer, mesh::Call question, base::Duration patience) {
            return mesh_.ask(peer, std::move(question), patience);
          },
          [this] { return in_contact(); }),
      look_alarm_(cell_.make_alarm()),
      ended_(cell_.make_alarm()),
      began_(f.clock.steady()) {
  f.confirmed->await(receipts_);
  f.families->decide_by(homes_);
}

MeshNode::~MeshNode() {
  look_alarm_->close();
  ended_->close();
}

base::Result<void> MeshNode::start() {
  if (auto started = mesh_.start(); !started) return started;
  boost::asio::co_spawn(context_, look_until_stopped(), boost::asio::detached);
  return {};
}

base::awaitable<void> MeshNode::look_until_stopped() {
  looking_ = true;
  while (!stopping_) {
    // A store that does not answer leaves the marks as they were.
    const auto read = co_await control_.refresh(database_);
    (void)read;
    const auto peers = co_await mesh_.status();
    for (const auto& status : peers) report(foundation_.metrics, status, foundation_.clock.now());
    const auto upkeep = co_await mesh_.upkeep();
    report(foundation_.metrics, upkeep, peers, foundation_.clock.now());
    report(foundation_.metrics, receipts_);
    if (upkeep.recovering) began_ = foundation_.clock.steady();
    if (!recovered_ && !upkeep.recovering && co_await has_recovered(peers)) {
      foundation_.log->info("replicate: this cell has what its peers have");
      recovered_ = true;
    }
    co_await look_alarm_->wait(recovered_ ? kLookEvery : kLookEveryAtFirst);
  }
  looking_ = false;
  ended_->ring();
}

base::awaitable<mesh::CallAnswer> MeshNode::answer(model::CellNumber peer, mesh::Call question) {
  mesh::CallAnswer out;
  if (question.has_use_family())
    *out.mutable_family_used() = co_await homes_.use_here(peer, std::move(*question.mutable_use_family()));
  co_return out;
}

// Fresh words from a majority of the members that are not marked down, this one among them (REPLICATION.md §1).
base::awaitable<bool> MeshNode::in_contact() {
  std::set<model::CellNumber> heard;
  const auto now = foundation_.clock.steady();
  for (const auto& status : co_await mesh_.status())
    if (status.followed.heard.count() != 0 && now - status.followed.heard < kFresh) heard.insert(status.peer);
  const auto others = control_.others();
  const auto fresh = std::ranges::count_if(others, [&](model::CellNumber cell) { return heard.contains(cell); });
  co_return 2 * (static_cast<std::size_t>(fresh) + 1) > others.size() + 1;
}

base::awaitable<bool> MeshNode::has_recovered(const std::vector<replicate::PeerStatus>& peers) {
  const bool patient = foundation_.clock.steady() - began_ < kPatienceWithPeers;
  const auto lacks_nothing_of = [&](const replicate::PeerStatus& status) {
    if (control_.state(status.peer) == replicate::MemberState::down) return true;
    return status.followed.closed != base::Time{} || (!status.connected && !patient);
  };
  if (!std::ranges::all_of(peers, lacks_nothing_of)) co_return false;
  // Without it no name of a tenant is found: a new cell whose peers are away.
  co_return (co_await foundation_.tenants->find(model::kSystemTenant)).has_value();
}

base::awaitable<void> MeshNode::stop() {
  co_await boost::asio::co_spawn(
      context_,
      [](MeshNode* self) -> base::awaitable<void> {
        self->stopping_ = true;
        self->look_alarm_->ring();
        while (self->looking_) co_await self->ended_->wait(std::chrono::seconds(1));
      }(this),
      boost::asio::use_awaitable_t<base::Executor>());
  co_await mesh_.stop();
}

}  // namespace cardea::app
