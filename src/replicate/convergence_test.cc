// Cells that take writes all at once, over a network that breaks, are equal when it is whole again (REPLICATION.md §3:
// I3, I4, I6, I8, I10).

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/simulation/cells.h"

namespace cardea::simulation {
namespace {

using base::json::object;
using store::Kind;
using store::Lane;

// Histories: of two cells, of three, of five.
const std::map<std::size_t, std::uint64_t> kSeedsOf = {{2, 50}, {3, 100}, {5, 50}};

// The order of members says nothing.
std::string sorted(const base::json::value& value) {
  const auto* members = value.if_object();
  if (members == nullptr) return base::json::serialize(value);
  std::map<std::string, std::string> lines;
  for (const auto& [name, content] : *members) lines.emplace(name, sorted(content));
  std::string out = "{";
  for (const auto& [name, content] : lines) out += name + ":" + content + ",";
  return out + "}";
}

// Everything that a cell has, as text: rows, tombstones and stamps.
std::map<std::string, std::string> content_of(World& world, SimulatedCell& cell) {
  std::map<std::string, std::string> out;
  world.spawn([](SimulatedCell& of, std::map<std::string, std::string>& to) -> base::awaitable<void> {
    for (const auto lane : {Lane::hot, Lane::bulk}) {
      const auto all = co_await of.database->changes(lane, 0, 1'000'000, 1 << 30);
      for (const auto& [lseq, via, row] : all->rows)
        to[std::to_string(static_cast<int>(row.key.kind)) + "/" + row.key.id] =
            store::write_stamps(row.stamps) + sorted(row.groups) + (row.deleted ? " deleted" : "");
    }
  }(cell, out));
  world.run_for({});
  return out;
}

// The first row that two cells do not have alike.
std::string difference(const std::map<std::string, std::string>& a, const std::map<std::string, std::string>& b) {
  for (const auto& [id, text] : a)
    if (!b.contains(id) || b.at(id) != text) return id + ": " + text + " / " + (b.contains(id) ? b.at(id) : "nothing");
  for (const auto& [id, text] : b)
    if (!a.contains(id)) return id + ": nothing / " + text;
  return "";
}

// Writes as people make them, at any cell.
class Life {
 public:
  explicit Life(World& world, Mesh& mesh) : world_(world), mesh_(mesh) {}

  void step() {
    auto& cell = mesh_.any_cell();
    world_.spawn(act(cell, world_.below(6), "U" + std::to_string(world_.below(25))));
  }

  std::uint64_t done() const { return done_; }
  const std::set<std::string>& erased() const { return erased_; }

 private:
  base::awaitable<void> act(SimulatedCell& cell, std::uint64_t what, std::string id) {
    const store::Key key{kTenant, what == 5 ? Kind::session : Kind::user, id};
    const auto written = co_await cell.database->write([&](store::Transaction& transaction) -> base::Result<void> {
      auto found = transaction.get(key);
      store::Record row = found ? std::move(*found) : store::Record{.key = key};
      if (found && what == 4) return transaction.erase(key);
      auto document = row.document();
      const auto n = static_cast<std::int64_t>(++writes_);
      switch (what) {
        case 0:
          document["email"] = std::to_string(n);
          break;
        case 1:
          document["name"] = std::to_string(n);
          break;
        case 2:
          document["blocked"] = n % 2 == 0;
          break;
        case 3:
          document["user_metadata"] = object{{"k" + std::to_string(n % 3), n}};
          break;
        default:
          document["revoked"] = n % 4 == 0;
          break;
      }
      row.set_document(document);
      return transaction.put(std::move(row));
    });
    if (!written) co_return;
    ++done_;
    if (what == 4 && !written->written.empty() && written->written[0].stamp != store::Stamp{}) note_erased(cell, key);
  }

  void note_erased(SimulatedCell& cell, const store::Key& key) {
    world_.spawn([](Life& self, SimulatedCell& at, store::Key of) -> base::awaitable<void> {
      const auto row = co_await at.database->get(of);
      if (!row) self.erased_.insert(std::to_string(static_cast<int>(of.kind)) + "/" + of.id);
    }(*this, cell, key));
  }

  World& world_;
  Mesh& mesh_;
  std::uint64_t writes_ = 0, done_ = 0;
  std::set<std::string> erased_;
};

class ConvergenceTest : public testing::TestWithParam<std::size_t> {};

TEST_P(ConvergenceTest, CellsThatWereApartAreEqualAfterwards) {
  const auto seeds = kSeedsOf.at(GetParam());
  std::uint64_t writes = 0, rows = 0, tombstones = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(seed);
    std::vector<base::Duration> ahead;
    for (std::size_t i = 0; i < GetParam(); ++i) ahead.emplace_back(static_cast<int>(world.below(600)) - 300);
    Mesh mesh(world, GetParam(), ahead);
    Life life(world, mesh);
    for (int step = 0; step < 150; ++step) {
      life.step();
      if (world.one_in(8)) mesh.cut(mesh.any_cell().number, mesh.any_cell().number);
      if (world.one_in(15)) mesh.part(mesh.any_cell().number, mesh.any_cell().number, world.one_in(2));
      world.run_for(base::Duration(world.below(60)));
    }
    mesh.heal();
    world.run_for(std::chrono::seconds{10});

    const auto first = content_of(world, *mesh.cells().front());
    for (const auto& cell : mesh.cells())
      ASSERT_EQ(difference(first, content_of(world, *cell)), "") << "cell " << cell->number;
    for (const auto& id : life.erased())
      ASSERT_TRUE(first.at(id).ends_with(" deleted")) << id << " lives again: " << first.at(id);
    writes += life.done();
    rows += first.size();
    tombstones += life.erased().size();
  }
  std::cout << seeds << " histories: " << writes << " writes, " << rows << " rows compared, " << tombstones
            << " deletions\n";
  EXPECT_GT(writes, seeds * 50);
  EXPECT_GT(tombstones, seeds);
}

TEST_P(ConvergenceTest, WhatHasArrivedEverywhereGoesNowhereAgain) {
  World world(7);
  Mesh mesh(world, GetParam());
  Life life(world, mesh);
  for (int step = 0; step < 100; ++step) life.step();
  world.run_for(std::chrono::seconds{10});
  const auto acknowledged = mesh.acknowledged();
  ASSERT_GT(acknowledged, 0U);

  world.run_for(std::chrono::seconds{5});

  EXPECT_EQ(mesh.acknowledged(), acknowledged) << "a row goes round in a circle";
}

INSTANTIATE_TEST_SUITE_P(Cells, ConvergenceTest, testing::Values(2, 3, 5));

}  // namespace
}  // namespace cardea::simulation
