// Rows of a peer are hostile: what cannot be taken is kept aside, and nothing else waits for it.

#include "replicate/intake.h"

#include <gtest/gtest.h>

#include "replicate/quarantine.h"
#include "replicate/wire/row_codec.h"
#include "store/hybrid_clock.h"
#include "tests/simulation/cells.h"

namespace cardea::simulation {
namespace {

using store::Kind;
using store::Lane;

class IntakeTest : public testing::Test {
 protected:
  // A row as another cell may have made it.
  mesh::Row row_of(const std::string& id, std::uint64_t hlc = 1ULL << 16) const {
    store::Record record;
    record.key = {kTenant, Kind::user, id};
    record.set_document({{"email", id + "@b.c"}, {"name", "N"}});
    for (const auto& [group, content] : record.groups) record.stamps[group] = {hlc, 9};
    return replicate::write_row(record);
  }

  template <class T>
  T run(base::awaitable<T> work) {
    std::optional<T> out;
    world_.spawn([](base::awaitable<T> of, std::optional<T>& to) -> base::awaitable<void> {
      to.emplace(co_await std::move(of));
    }(std::move(work), out));
    world_.run_for(std::chrono::seconds{1});
    return std::move(out).value();
  }

  replicate::Intake::Outcome take(std::vector<std::string> rows) {
    replicate::Intake intake(cell_.cell, 9, Lane::hot);
    auto outcome = run(intake.take(std::move(rows), replicate::Intake::Position{"9.X", ++position_}));
    EXPECT_TRUE(outcome) << (outcome ? "" : outcome.error().reason);
    EXPECT_EQ(run(cell_.database->cursor("9.X", Lane::hot)).value(), position_) << "the peer would send it for ever";
    return outcome ? *outcome : replicate::Intake::Outcome{};
  }
  std::vector<store::Quarantined> quarantined() { return run(cell_.cell.mesh.quarantined("", 1000)).value(); }
  bool has(const std::string& id) { return run(cell_.database->get({kTenant, Kind::user, id})).has_value(); }

  World world_{1};
  SimulatedCell cell_{world_, 7, {}};
  std::uint64_t position_ = 0;
};

// How a good row is spoiled, and what is then said of it.
struct Spoiled {
  const char* what;
  std::function<void(mesh::Row&)> spoil;
  const char* reason;
};

mesh::Group* group_of(mesh::Row& row) { return row.mutable_groups(0); }
std::string deep(std::size_t levels) { return "{\"a\":" + std::string(levels, '[') + std::string(levels, ']') + "}"; }

const std::vector<Spoiled> kSpoiled = {
    {"a kind of tomorrow", [](auto& r) { r.set_kind(4711); }, "a kind that is not known here"},
    {"no kind", [](auto& r) { r.clear_kind(); }, "a kind that is not known here"},
    {"no id", [](auto& r) { r.clear_id(); }, "the key of a row"},
    {"no tenant", [](auto& r) { r.clear_tenant(); }, "the key of a row"},
    {"a long id", [](auto& r) { r.set_id(std::string(513, 'x')); }, "the key of a row"},
    {"a long tenant", [](auto& r) { r.set_tenant(std::string(513, 'x')); }, "the key of a row"},
    {"no groups", [](auto& r) { r.clear_groups(); }, "the groups of a row"},
    {"too many groups",
     [](auto& r) {
       for (int i = 0; i < 10'001; ++i) *r.add_groups() = r.groups(0);
     },
     "the groups of a row"},
    {"a group twice", [](auto& r) { *r.add_groups() = r.groups(0); }, "a group that is there twice"},
    {"a group without a name", [](auto& r) { group_of(r)->clear_name(); }, "the name of a group"},
    {"a group with a long name", [](auto& r) { group_of(r)->set_name(std::string(1025, 'x')); }, "the name of a group"},
    {"no cell", [](auto& r) { group_of(r)->clear_cell(); }, "the cell of a stamp"},
    {"a cell that is none", [](auto& r) { group_of(r)->set_cell(65'536); }, "the cell of a stamp"},
    {"content that is not JSON", [](auto& r) { group_of(r)->set_content("{"); }, "the content of a group"},
    {"content that is too deep", [](auto& r) { group_of(r)->set_content(deep(70)); }, "the content of a group"},
    {"content that is very deep", [](auto& r) { group_of(r)->set_content(deep(100'000)); }, "the content of a group"},
    {"an end before all time", [](auto& r) { r.set_expires_at(-1); }, "the end of a row"},
    {"a tombstone with content", [](auto& r) { r.set_deleted(true); },
     "a tombstone with more than its stamp, or a stamp of a life that goes on"},
    {"a stamp of an end, and no end", [](auto& r) { group_of(r)->set_name("_deleted"); },
     "a tombstone with more than its stamp, or a stamp of a life that goes on"},
};

TEST_F(IntakeTest, a_broken_row_is_kept_as_it_came_and_the_others_are_taken) {
  for (const auto& [what, spoil, reason] : kSpoiled) {
    SCOPED_TRACE(what);
    const auto number = std::to_string(position_);
    auto broken = row_of("B" + number);
    spoil(broken);
    const auto bytes = broken.SerializeAsString();
    const auto before = quarantined().size();

    const auto outcome =
        take({row_of("A" + number).SerializeAsString(), bytes, row_of("C" + number).SerializeAsString()});

    EXPECT_EQ(outcome.rows, 3U);
    EXPECT_EQ(outcome.changed, 2U);
    EXPECT_EQ(outcome.refused, 1U);
    EXPECT_TRUE(has("A" + number));
    EXPECT_TRUE(has("C" + number));
    const auto kept = quarantined();
    ASSERT_EQ(kept.size(), before + 1);
    const auto found = std::ranges::find(kept, bytes, &store::Quarantined::bytes);
    ASSERT_NE(found, kept.end());
    EXPECT_EQ(found->reason, reason);
    EXPECT_EQ(found->peer, 9);
  }
}

TEST_F(IntakeTest, bytes_that_are_no_row_are_kept_too) {
  auto not_utf8 = row_of("X").SerializeAsString();
  not_utf8.replace(not_utf8.find("X@b.c"), 1, "\xFF");
  auto cut = row_of("Y").SerializeAsString();
  cut.resize(cut.size() - 3);

  const auto outcome = take({not_utf8, cut, std::string("\0\xFF", 2), row_of("A").SerializeAsString()});

  EXPECT_EQ(outcome.refused, 3U);
  EXPECT_EQ(outcome.changed, 1U);
  EXPECT_TRUE(has("A"));
  EXPECT_EQ(quarantined().size(), 3U);
}

TEST_F(IntakeTest, the_same_broken_row_again_is_one_row) {
  auto broken = row_of("B");
  broken.set_expires_at(-1);

  take({broken.SerializeAsString()});
  take({broken.SerializeAsString()});

  EXPECT_EQ(quarantined().size(), 1U);
}

TEST_F(IntakeTest, a_newer_state_makes_what_is_in_the_quarantine_void) {
  auto broken = row_of("B");
  broken.set_expires_at(-1);
  take({broken.SerializeAsString()});

  take({row_of("B", 2ULL << 16).SerializeAsString()});

  EXPECT_TRUE(has("B"));
  EXPECT_TRUE(quarantined().empty());
}

TEST_F(IntakeTest, a_group_of_a_newer_program_is_kept_and_goes_on) {
  auto row = row_of("A");
  auto& group = *row.add_groups();
  group.set_name("of_tomorrow");
  group.set_hlc(5);
  group.set_cell(9);
  group.set_content(R"({"x":[1,2,{"y":null}]})");

  take({row.SerializeAsString()});

  const auto changes = run(cell_.database->changes(Lane::hot, 0, 10, 1 << 20));
  const auto sent = replicate::write_row(changes->rows.at(0).row);
  const auto found = std::ranges::find(sent.groups(), "of_tomorrow", [](const auto& g) { return g.name(); });
  ASSERT_NE(found, sent.groups().end());
  EXPECT_EQ(found->content(), group.content());
  EXPECT_EQ(found->hlc(), 5U);
}

TEST_F(IntakeTest, a_row_of_the_future_waits_for_its_time) {
  const auto now = cell_.clock.now();
  const auto ahead = [&](base::Duration by) { return store::hlc_of(now + by); };

  auto outcome =
      take({row_of("near", ahead(base::Duration{4'000})).SerializeAsString(),
            row_of("far", ahead(base::Duration{20'000})).SerializeAsString(), row_of("A").SerializeAsString()});

  EXPECT_EQ(outcome.held, 1U);
  EXPECT_EQ(outcome.refused, 0U);
  EXPECT_EQ(outcome.changed, 2U);
  EXPECT_TRUE(has("near"));
  EXPECT_FALSE(has("far"));
  ASSERT_TRUE(run(cell_.database->write([](store::Transaction& t) {
    store::Record mine;
    mine.key = {kTenant, Kind::user, "mine"};
    mine.set_document({{"email", "x"}});
    return t.put(mine);
  })));
  EXPECT_LT(run(cell_.database->get({kTenant, Kind::user, "mine"}))->stamps.begin()->second.hlc,
            ahead(base::Duration{10'000}))
      << "our own clock must not follow it";

  world_.run_for(std::chrono::seconds{5});
  EXPECT_EQ(run(replicate::retry_due(cell_.cell))->taken, 0U);
  world_.run_for(std::chrono::seconds{15});
  EXPECT_EQ(run(replicate::retry_due(cell_.cell))->taken, 1U);
  EXPECT_TRUE(has("far"));
  EXPECT_TRUE(quarantined().empty());
}

TEST_F(IntakeTest, no_time_is_too_far_to_be_told) {
  const auto outcome = take({row_of("A", UINT64_MAX).SerializeAsString()});

  EXPECT_EQ(outcome.held, 1U);
  EXPECT_EQ(run(replicate::retry_due(cell_.cell))->tried, 0U);
}

TEST_F(IntakeTest, what_a_newer_program_can_take_is_taken_after_its_start) {
  // As an older program has left it: with bytes that it did not understand.
  const auto bytes = row_of("A").SerializeAsString();
  auto still_broken = row_of("B");
  still_broken.set_kind(4711);
  take({still_broken.SerializeAsString()});
  ASSERT_TRUE(run(cell_.cell.mesh.apply([&](store::Transaction&, store::PeerTables& tables) -> base::Result<void> {
    tables.quarantine({.slot = "s", .peer = 9, .lane = Lane::bulk, .kind = 4711, .bytes = bytes, .reason = "unknown"});
    return {};
  })));

  const auto retried = run(replicate::retry_quarantine(cell_.cell));

  EXPECT_EQ(retried->tried, 2U);
  EXPECT_EQ(retried->taken, 1U);
  EXPECT_TRUE(has("A"));
  ASSERT_EQ(quarantined().size(), 1U);
  EXPECT_EQ(quarantined().front().kind, 4711U);
}

}  // namespace
}  // namespace cardea::simulation
