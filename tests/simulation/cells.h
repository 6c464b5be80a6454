#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/random.h"
#include "crypto/seal.h"
#include "replicate/feeder.h"
#include "replicate/puller.h"
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
        cell{*database, clock, log, bell, [&world] { return std::make_shared<WorldAlarm>(world); }, base::Duration{1000}} {}

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
  void heal() {
    parted_.clear();
  }

  std::uint64_t acknowledged() const { return acknowledged_; }
  std::uint64_t sent_rows() const { return sent_rows_; }

 private:
  struct Ends {
    model::CellNumber source, follower;
    store::Lane lane;
    auto operator<=>(const Ends&) const = default;
  };

  void applied(model::CellNumber, store::Lane, const std::vector<replicate::Carried>& rows) override { acknowledged_ += rows.size(); }

  void connect(SimulatedCell& source, SimulatedCell& follower, store::Lane lane) {
    world_.spawn(keep_connected(source, follower, lane));
  }

  base::awaitable<void> keep_connected(SimulatedCell& source, SimulatedCell& follower, store::Lane lane) {
    const auto pause = std::make_shared<WorldAlarm>(world_);
    replicate::LaneStatus status;
    while (!ending_) {
      if (!parted_[std::minmax(source.number, follower.number)]) {
        const auto wire = std::make_shared<Wire>(world_, base::Duration{40});
        wires_[{source.number, follower.number, lane}] = wire;
        auto source_end = std::make_shared<Wire::End>(wire, true);
        world_.spawn(feed(source, follower.number, lane, source_end));
        Wire::End end(wire, false);
        replicate::Applier applier(follower.cell, source.number,
                                   std::to_string(source.number) + "." + source.database->incarnation(), lane);
        replicate::Puller puller(applier, end, status, follower.clock, {.rows = 1 + static_cast<std::uint32_t>(world_.below(20))});
        co_await puller.run();
        sent_rows_ += std::exchange(status.rows, 0);
      }
      co_await pause->wait(base::Duration(50 + world_.below(200)));
    }
  }

  base::awaitable<void> feed(SimulatedCell& source, model::CellNumber follower, store::Lane lane,
                             std::shared_ptr<Wire::End> end) {
    replicate::Feeder feeder(source.cell, follower, lane, *end, *this);
    co_await feeder.run();
  }

  World& world_;
  std::vector<std::unique_ptr<SimulatedCell>> cells_;
  std::map<Ends, std::shared_ptr<Wire>> wires_;
  std::map<std::pair<model::CellNumber, model::CellNumber>, bool> parted_;
  std::uint64_t acknowledged_ = 0, sent_rows_ = 0;
  bool ending_ = false;
};

}  // namespace cardea::simulation
