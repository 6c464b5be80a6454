// What the feed cannot give back: lost rows, poison on the wire, a store that was set back (REPLICATION.md §3: I5, I9,
// I12).

#include <gtest/gtest.h>

#include "replicate/tombstones.h"
#include "store/memory/memory_faults.h"
#include "tests/simulation/cells.h"

namespace cardea::simulation {
namespace {

using base::json::object;
using store::Kind;
using store::Lane;

class RepairTest : public testing::Test {
 protected:
  SimulatedCell& cell(std::size_t number) { return *mesh_.cells().at(number - 1); }

  template <class T>
  T run(base::awaitable<T> work) {
    std::optional<T> out;
    world_.spawn([](base::awaitable<T> of, std::optional<T>& to) -> base::awaitable<void> {
      to.emplace(co_await std::move(of));
    }(std::move(work), out));
    world_.run_for({});
    return std::move(out).value();
  }

  static store::Key key_of(const std::string& id) { return {kTenant, Kind::user, id}; }
  base::Result<store::CommitMark> write(SimulatedCell& at, const std::string& id, const std::string& name) {
    return run(at.database->write([&](store::Transaction& transaction) -> base::Result<void> {
      auto found = transaction.get(key_of(id));
      store::Record row = found ? std::move(*found) : store::Record{.key = key_of(id)};
      auto document = row.document();
      document["email"] = name;
      document["name"] = name;
      row.set_document(document);
      return transaction.put(std::move(row));
    }));
  }
  void erase(SimulatedCell& at, const std::string& id) {
    ASSERT_TRUE(
        run(at.database->write([&](store::Transaction& transaction) { return transaction.erase(key_of(id)); })));
  }
  std::string name_at(SimulatedCell& at, const std::string& id) {
    const auto row = run(at.database->get(key_of(id)));
    return row ? base::get_string_or(row->document(), "name") : "";
  }
  void settle() { world_.run_for(std::chrono::seconds{10}); }
  void fill(std::size_t rows) {
    for (std::size_t i = 0; i < rows; ++i)
      ASSERT_TRUE(write(cell(1 + i % 3), "U" + std::to_string(i), "N" + std::to_string(i)));
    settle();
  }
  replicate::Compared compare(std::size_t asker, std::size_t peer, Kind kind = Kind::user) {
    const auto out = mesh_.compare(cell(asker), cell(peer), kind);
    EXPECT_TRUE(out) << (out ? "" : out.error().reason);
    return out ? *out : replicate::Compared{};
  }

  const bool never_ = false;
  World world_{3};
  Mesh mesh_{world_, 3};
};

TEST_F(RepairTest, equal_cells_have_nothing_to_repair) {
  fill(60);
  erase(cell(1), "U7");
  settle();

  for (std::size_t asker = 1; asker <= 3; ++asker)
    for (std::size_t peer = 1; peer <= 3; ++peer) {
      if (asker == peer) continue;
      const auto found = compare(asker, peer);
      EXPECT_EQ(found.rows, 60U);
      EXPECT_EQ(found.differences, 0U);
      EXPECT_EQ(found.repairs, 0U);
    }
}

TEST_F(RepairTest, lost_rows_are_found_in_one_comparison_also_those_that_were_written_there) {
  fill(60);
  erase(cell(1), "U9");
  settle();
  ASSERT_TRUE(store::lose(*cell(2).database, key_of("U3")));  // of cell 1
  ASSERT_TRUE(store::lose(*cell(2).database, key_of("U4")));  // of cell 2 itself
  ASSERT_TRUE(store::lose(*cell(2).database, key_of("U9")));  // a tombstone
  settle();
  ASSERT_EQ(name_at(cell(2), "U3"), "") << "the feed does not bring it back";

  const auto found = compare(2, 1);

  EXPECT_EQ(found.rows, 57U);
  EXPECT_EQ(found.differences, 3U);
  EXPECT_EQ(found.repairs, 3U);
  EXPECT_EQ(name_at(cell(2), "U3"), "N3");
  EXPECT_EQ(name_at(cell(2), "U4"), "N4");
  EXPECT_EQ(compare(2, 1).differences, 0U);
  EXPECT_EQ(compare(2, 3).differences, 0U);
  EXPECT_EQ(compare(1, 2).differences, 0U);
}

TEST_F(RepairTest, a_difference_that_the_feed_settles_is_no_repair) {
  fill(30);
  mesh_.part(1, 2, true);
  mesh_.part(2, 3, true);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(write(cell(1), "U" + std::to_string(i), "newer"));
  settle();
  world_.at(base::Duration{1'500}, [this] { mesh_.heal(); });

  const auto found = compare(2, 1);

  EXPECT_EQ(found.differences, 10U);
  EXPECT_EQ(found.repairs, 0U);
  EXPECT_EQ(name_at(cell(2), "U3"), "newer");
}

TEST_F(RepairTest, nothing_is_taken_as_long_as_the_feed_is_behind) {
  fill(30);
  mesh_.part(1, 2, true);
  mesh_.part(2, 3, true);
  ASSERT_TRUE(write(cell(1), "U1", "newer"));
  settle();

  const auto found = mesh_.compare(cell(2), cell(1), Kind::user);

  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, base::Errc::unavailable);
  EXPECT_NE(name_at(cell(2), "U1"), "newer");
}

// A live row that one cell has kept through all, against the tombstone that the others have had for long.
TEST_F(RepairTest, an_old_tombstone_still_ends_a_row_that_has_missed_it) {
  fill(10);
  erase(cell(1), "U3");
  settle();
  world_.leap(std::chrono::hours{30});
  settle();
  mesh_.part(1, 2, true);
  mesh_.part(2, 3, true);
  ASSERT_TRUE(store::lose(*cell(2).database, key_of("U3")));
  ASSERT_TRUE(run(cell(2).cell.mesh.apply([&](store::Transaction& t, store::PeerTables&) -> base::Result<void> {
    store::Record back;
    back.key = key_of("U3");
    back.set_document({{"name", "N3"}});
    for (const auto& [group, content] : back.groups) back.stamps[group] = {1ULL << 16, 1};
    const auto merged = t.merge(back, 0);
    return merged ? base::Result<void>{} : base::pass_on(merged);
  })));
  ASSERT_EQ(name_at(cell(2), "U3"), "N3");

  const auto found = compare(2, 1);

  EXPECT_EQ(found.repairs, 1U);
  EXPECT_EQ(name_at(cell(2), "U3"), "");
}

TEST_F(RepairTest, a_tombstone_that_was_collected_here_does_not_come_back) {
  fill(10);
  erase(cell(1), "U3");
  settle();
  world_.leap(std::chrono::hours{30});
  settle();
  ASSERT_TRUE(store::lose(*cell(2).database, key_of("U3")));
  ASSERT_TRUE(store::lose(*cell(2).database, key_of("U4"))) << "so that there is something to list";

  const auto found = compare(2, 1);

  EXPECT_EQ(found.repairs, 1U);
  const auto rows = run(cell(2).cell.mesh.stored({key_of("U3")}));
  EXPECT_TRUE(rows->empty());
}

TEST_F(RepairTest, poison_on_the_wire_stops_nothing_else) {
  std::uint64_t spoiled = 0;
  mesh_.tamper([&](mesh::Frame& frame) {
    if (!frame.has_batch()) return;
    mesh::Row unknown;
    unknown.set_tenant(kTenant.value);
    unknown.set_kind(4711);
    unknown.set_id("P" + std::to_string(++spoiled % 10));
    frame.mutable_batch()->add_rows(unknown.SerializeAsString());
    frame.mutable_batch()->add_rows("\xFF\xFF\xFF");
  });

  fill(60);

  EXPECT_GT(spoiled, 10U);
  for (std::size_t number = 1; number <= 3; ++number) {
    for (std::size_t i = 0; i < 60; ++i)
      ASSERT_EQ(name_at(cell(number), "U" + std::to_string(i)), "N" + std::to_string(i));
    const auto size = run(cell(number).cell.mesh.quarantine_size());
    EXPECT_GT(size->rows, 1U);
    EXPECT_LE(size->rows, 2U * 2U * 11U) << "a row is kept once for each peer and lane";
  }
}

TEST_F(RepairTest, a_cell_that_was_set_back_gets_back_what_it_had_written_itself) {
  fill(30);
  const auto set_back = store::remember(*cell(2).database);
  const auto before = cell(2).database->incarnation();
  ASSERT_TRUE(write(cell(2), "mine", "written here and lost"));
  ASSERT_TRUE(write(cell(2), "U1", "changed here and lost"));
  ASSERT_TRUE(write(cell(1), "theirs", "written elsewhere"));
  settle();
  ASSERT_EQ(name_at(cell(1), "mine"), "written here and lost");

  set_back();
  ASSERT_EQ(name_at(cell(2), "mine"), "");
  mesh_.cut_all();
  bool refused = false;
  for (int i = 0; i < 200 && !refused; ++i) {
    world_.run_for(base::Duration{10});
    refused = cell(2).cell.mesh.writes_refused();
  }

  EXPECT_TRUE(refused) << "no write before the peers have given everything";
  EXPECT_FALSE(write(cell(2), "early", "x"));
  settle();
  EXPECT_NE(cell(2).database->incarnation(), before);
  EXPECT_FALSE(cell(2).cell.mesh.writes_refused());
  EXPECT_EQ(name_at(cell(2), "mine"), "written here and lost");
  EXPECT_EQ(name_at(cell(2), "U1"), "changed here and lost");
  EXPECT_EQ(name_at(cell(2), "theirs"), "written elsewhere");
  ASSERT_TRUE(write(cell(2), "late", "goes everywhere"));
  settle();
  EXPECT_EQ(name_at(cell(1), "late"), "goes everywhere");
  EXPECT_EQ(name_at(cell(3), "late"), "goes everywhere");
  for (std::size_t peer : {1U, 3U}) {
    EXPECT_EQ(compare(2, peer).differences, 0U);
    EXPECT_EQ(compare(peer, 2).differences, 0U);
  }
}

TEST_F(RepairTest, a_recovery_goes_on_when_it_was_interrupted) {
  fill(10);
  const auto set_back = store::remember(*cell(2).database);
  ASSERT_TRUE(write(cell(2), "mine", "lost"));
  settle();
  set_back();
  mesh_.part(1, 2, true);
  mesh_.part(2, 3, true);
  ASSERT_TRUE(*run(cell(2).recovery.begin(1, cell(2).database->incarnation())));

  cell(2).cell.mesh.refuse_writes(false);  // as a new process starts
  replicate::Recovery again(cell(2).cell);
  ASSERT_TRUE(run(again.resume()));
  settle();

  EXPECT_TRUE(again.going_on());
  EXPECT_TRUE(cell(2).cell.mesh.writes_refused()) << "nobody has been there to give anything";
  mesh_.heal();
  settle();
  EXPECT_FALSE(cell(2).cell.mesh.writes_refused());
  EXPECT_EQ(name_at(cell(2), "mine"), "lost");
}

// Everybody has heard of it, everybody was compared with, and it is a day old.
TEST_F(RepairTest, a_tombstone_is_collected_only_when_nobody_needs_it_any_more) {
  fill(10);
  erase(cell(1), "U3");
  settle();
  const std::vector<model::CellNumber> peers{2, 3};
  const auto collect = [&](base::Duration age = std::chrono::hours{24}) {
    return run(replicate::collect_tombstones(cell(1).cell, peers, age, never_)).value();
  };
  const auto compared_with = [&](model::CellNumber peer) {
    ASSERT_EQ(compare(1, peer).repairs, 0U);
    ASSERT_TRUE(run(replicate::note_comparison(cell(1).cell, peer, Kind::user, cell(1).clock.now())));
  };
  compared_with(2);
  compared_with(3);
  EXPECT_EQ(collect(), 0U) << "too young";
  world_.leap(std::chrono::hours{25});
  settle();
  compared_with(2);
  EXPECT_EQ(collect(std::chrono::hours{48}), 0U) << "a backup may still bring it back";
  EXPECT_EQ(collect(), 1U) << "both were compared with after it";
  EXPECT_TRUE(run(cell(1).cell.mesh.stored({key_of("U3")}))->empty());

  erase(cell(1), "U4");
  mesh_.part(1, 2, true);
  mesh_.part(2, 3, true);
  erase(cell(1), "U5");
  world_.leap(std::chrono::hours{25});
  settle();
  ASSERT_TRUE(run(replicate::note_comparison(cell(1).cell, 2, Kind::user, cell(1).clock.now())));
  EXPECT_EQ(collect(), 0U) << "not compared with cell 3 since";
  ASSERT_TRUE(run(replicate::note_comparison(cell(1).cell, 3, Kind::user, cell(1).clock.now())));
  EXPECT_EQ(collect(), 0U) << "cell 2 has not heard of them";
  mesh_.heal();
  settle();
  EXPECT_EQ(collect(), 2U);
  EXPECT_EQ(name_at(cell(2), "U5"), "");
  EXPECT_EQ(compare(1, 2).differences, 0U) << "one has collected, the other not yet";
  EXPECT_EQ(compare(2, 1).differences, 0U);
}

}  // namespace
}  // namespace cardea::simulation
