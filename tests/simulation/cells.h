#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/random.h"
#include "crypto/seal.h"
#include "replicate/answerer.h"
#include "replicate/anti_entropy.h"
#include "replicate/feeder.h"
#include "replicate/puller.h"
#include "replicate/quarantine.h"
#include "replicate/recovery.h"
#include "store/open.h"
#include "store/row_text.h"
#include "tests/simulation/wire.h"

namespace cardea::simulation {

inline const model::TenantId kTenant{"tenant"};

// One cell, its store in memory. All cells know the tenant's key.
struct SimulatedCell {
  SimulatedCell(World& world, model::CellNumber its_number, base::Duration ahead)
      : number(its_number),
        clock(world, ahead),
        random(1000 + its_number),
        keys(crypto::SealKey::from_bytes(std::string(32, 'k')), random),
        database(open(*this)),
        bell(*database),
        cell{*database,
             *store::mesh_store_of(*database),
             clock,
             random,
             log,
             bell,
             [&world] { return std::make_shared<WorldAlarm>(world); },
             base::Duration{1000}},
        recovery(cell) {}

  static std::unique_ptr<store::Database> open(SimulatedCell& of) {
    static const std::string wrapped = of.keys.make_wrapped();
    if (!of.keys.learn(kTenant, wrapped)) std::abort();
    return store::open_memory({of.clock, of.random, of.log, of.keys, of.number});
  }

  const model::CellNumber number;
  CellClock clock;
  base::SeededRandom random;
  base::NullLog log;
  store::TenantKeys keys;
  std::unique_ptr<store::Database> database;
  replicate::Bell bell;
  const replicate::Cell cell;
  replicate::Recovery recovery;
};

// Cells that all follow each other, over wires that break when they are told to.
class Mesh : replicate::ReceiptListener {
 public:
  Mesh(World& world, std::size_t cells, std::vector<base::Duration> ahead = {}) : world_(world) {
    ahead.resize(cells);
    for (std::size_t i = 0; i < cells; ++i)
      cells_.push_back(std::make_unique<SimulatedCell>(world, static_cast<model::CellNumber>(i + 1), ahead[i]));
    for (const auto& source : cells_)
      for (const auto& follower : cells_)
        if (source != follower)
          for (const auto lane : {store::Lane::hot, store::Lane::bulk}) connect(*source, *follower, lane);
    for (const auto& cell : cells_) world_.spawn(look_after(*cell));
  }
  ~Mesh() {
    ending_ = true;
    cut_all();
    world_.run_for(std::chrono::seconds{5});
  }

  std::vector<std::unique_ptr<SimulatedCell>>& cells() { return cells_; }
  SimulatedCell& any_cell() { return *cells_[world_.below(cells_.size())]; }

  // Breaks what stands between two cells; they try again after a while, in vain as long as they are `parted`.
  void cut(model::CellNumber a, model::CellNumber b) {
    for (auto& [ends, wire] : wires_)
      if (std::pair(ends.source, ends.follower) == std::pair(a, b) ||
          std::pair(ends.source, ends.follower) == std::pair(b, a))
        if (wire) wire->cut();
  }
  void cut_all() {
    for (auto& [ends, wire] : wires_)
      if (wire) wire->cut();
  }
  void part(model::CellNumber a, model::CellNumber b, bool parted) {
    parted_[std::minmax(a, b)] = parted;
    cut(a, b);
  }
  void heal() { parted_.clear(); }

  // All that is sent from now on passes through it.
  void tamper(Wire::Tamper with) { tamper_ = std::move(with); }

  // `asker` compares a kind with `peer` and takes what it lacks, as it does by itself in production.
  base::Result<replicate::Compared> compare(SimulatedCell& asker, SimulatedCell& peer, store::Kind kind) {
    base::Result<replicate::Compared> out = base::fail(base::Errc::unavailable, "it has not come to an end");
    const auto wire = std::make_shared<Wire>(world_, base::Duration{40}, &tamper_);
    world_.spawn(answer(peer, asker, std::make_shared<Wire::End>(wire, true)));
    world_.spawn([](SimulatedCell& self, SimulatedCell& with, store::Kind of, std::shared_ptr<Wire::End> end,
                    base::Result<replicate::Compared>& to) -> base::awaitable<void> {
      replicate::Inquirer inquirer(self.cell, *end);
      constexpr static bool never = false;
      replicate::AntiEntropy comparing(
          self.cell, with.number, replicate::follower_of(*self.database, with.number, with.database->incarnation()),
          inquirer, {.portion = 7, .settle = base::Duration{5'000}}, never);
      to = co_await comparing.compare(of);
    }(asker, peer, kind, std::make_shared<Wire::End>(wire, false), out));
    world_.run_for(std::chrono::seconds{20});
    return out;
  }

  std::uint64_t acknowledged() const { return acknowledged_; }
  std::uint64_t sent_rows() const { return sent_rows_; }

 private:
  struct Ends {
    model::CellNumber source, follower;
    store::Lane lane;
    auto operator<=>(const Ends&) const = default;
  };

  void applied(model::CellNumber, store::Lane, const std::vector<replicate::Carried>& rows) override {
    acknowledged_ += rows.size();
  }

  void connect(SimulatedCell& source, SimulatedCell& follower, store::Lane lane) {
    world_.spawn(keep_connected(source, follower, lane));
  }

  base::awaitable<void> keep_connected(SimulatedCell& source, SimulatedCell& follower, store::Lane lane) {
    const auto pause = std::make_shared<WorldAlarm>(world_);
    replicate::LaneStatus status;
    while (!ending_) {
      if (!parted_[std::minmax(source.number, follower.number)]) {
        const auto wire = std::make_shared<Wire>(world_, base::Duration{40}, &tamper_);
        wires_[{source.number, follower.number, lane}] = wire;
        auto source_end = std::make_shared<Wire::End>(wire, true);
        world_.spawn(feed(source, follower.number, lane, source_end));
        Wire::End end(wire, false);
        replicate::Applier applier(
            follower.cell, source.number,
            replicate::follower_of(*follower.database, source.number, source.database->incarnation()), lane);
        replicate::Puller puller(applier, end, status, follower.clock,
                                 {.rows = 1 + static_cast<std::uint32_t>(world_.below(20))});
        following_[{source.number, follower.number, lane}] = source.database->incarnation();
        co_await puller.run();
        following_.erase({source.number, follower.number, lane});
        sent_rows_ += std::exchange(status.rows, 0);
      }
      co_await pause->wait(base::Duration(50 + world_.below(200)));
    }
  }

  base::awaitable<void> feed(SimulatedCell& source, model::CellNumber follower, store::Lane lane,
                             std::shared_ptr<Wire::End> end) {
    const auto said = source.database->incarnation();
    replicate::Feeder feeder(source.cell, follower, lane, *end, *this);
    const auto ended = co_await feeder.run();
    if (ended.code != base::Errc::conflict) co_return;
    const auto begun = co_await source.recovery.begin(follower, said);
    if (begun && *begun) cut_all();
  }

  base::awaitable<void> answer(SimulatedCell& peer, SimulatedCell& asker, std::shared_ptr<Wire::End> end) {
    replicate::Answerer answerer(peer.cell, asker.number, asker.database->incarnation(), *end);
    co_await answerer.run();
  }

  // What a node does each second.
  base::awaitable<void> look_after(SimulatedCell& cell) {
    const auto pause = std::make_shared<WorldAlarm>(world_);
    while (!ending_) {
      if (const auto retried = co_await replicate::retry_due(cell.cell); !retried)
        throw std::runtime_error(retried.error().reason);
      std::vector<replicate::Recovery::Peer> peers;
      for (const auto& [ends, incarnation] : following_)
        if (ends.follower == cell.number) peers.push_back({ends.source, incarnation, true});
      if (const auto looked = co_await cell.recovery.look(std::move(peers)); !looked)
        throw std::runtime_error(looked.error().reason);
      co_await pause->wait(base::Duration{1'000});
    }
  }

  World& world_;
  std::vector<std::unique_ptr<SimulatedCell>> cells_;
  std::map<Ends, std::shared_ptr<Wire>> wires_;
  std::map<Ends, std::string> following_;  // with the incarnation of the source
  Wire::Tamper tamper_;
  std::map<std::pair<model::CellNumber, model::CellNumber>, bool> parted_;
  std::uint64_t acknowledged_ = 0, sent_rows_ = 0;
  bool ending_ = false;
};

}  // namespace cardea::simulation
