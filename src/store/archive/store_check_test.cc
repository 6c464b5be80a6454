#include "store/archive/store_check.h"

#include "store/archive/store_session.h"
#include "store/sql/sqlite_session.h"
#include "tests/store_contract/archive_fixture.h"

namespace cardea::store {
namespace {

class StoreCheckTest : public testing::TestWithParam<std::string>, protected ArchiveFixture {
 protected:
  StoreCheckTest() {
    database_ = open(url_);
    fill(*database_, 60);
    // Where readers number what was written.
    for (const auto lane : {Lane::hot, Lane::bulk}) feed_of(*database_, lane);
    EXPECT_TRUE(wait(database_->all_events_after(0, 1)));
  }

  StoreReport must_check() {
    auto report = check_store(url_, tools());
    EXPECT_TRUE(report) << (report ? "" : report.error().reason);
    return report ? std::move(*report) : StoreReport{};
  }
  void by_hand(const std::string& sql) {
    if (GetParam() != "sqlite") {
      server(GetParam()).by_hand(url_, sql);
      return;
    }
    SqliteSession session({*sqlite_path(url_)}, SqliteUse::read_write);
    session.soci() << sql;
  }
  std::map<std::string, std::uint64_t, std::less<>> after(const std::string& sql) {
    by_hand(sql);
    return must_check().counts;
  }
  using Counts = std::map<std::string, std::uint64_t, std::less<>>;

  const std::string url_ = url(GetParam(), "checked");
  std::unique_ptr<Database> database_;
};

TEST_P(StoreCheckTest, ASoundStoreHasNoFindingsAlsoWhileItIsUsed) {
  put(*database_, user("U4b"), {{"email", "other@example.test"}});
  const auto report = must_check();

  EXPECT_TRUE(report.good()) << (report.findings.empty() ? "" : report.findings[0].what + " " + report.findings[0].id);
  EXPECT_EQ(report.rows.at("rec_user"), 61U);
  EXPECT_EQ(report.store.cell, kCell);
  EXPECT_EQ(report.expired, 0U);
}

TEST_P(StoreCheckTest, WhatExpiredLongAgoIsCountedAndNoFault) {
  clock_.advance(std::chrono::hours(3));
  const auto report = must_check();
  EXPECT_TRUE(report.good());
  EXPECT_EQ(report.expired, 1U);
}

TEST_P(StoreCheckTest, DamagedTextIsFoundWithItsRow) {
  by_hand("UPDATE rec_user SET doc = '{' WHERE id = 'U1'");
  const auto report = must_check();

  EXPECT_EQ(report.counts, (Counts{{"damaged_row", 1}}));
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_EQ(report.findings[0].table, "rec_user");
  EXPECT_EQ(report.findings[0].id, "U1");
  EXPECT_EQ(after("UPDATE rec_user SET ver = '[]' WHERE id = 'U4'"), (Counts{{"damaged_row", 2}}));
}

TEST_P(StoreCheckTest, EveryRuleFindsItsFault) {
  EXPECT_EQ(after("UPDATE rec_user SET by_email = 'x@example.test' WHERE id = 'U1'"), (Counts{{"lookup", 1}}));
  EXPECT_EQ(after("UPDATE rec_user SET by_email = 'U1@example.test' WHERE id = 'U1'"), Counts{});
  EXPECT_EQ(after("UPDATE rec_session SET ver = '{}'").at("stamp"), 3U) << "of each of its groups, and of the row";
}

TEST_P(StoreCheckTest, ANameWhoseRowIsGoneIsFound) {
  EXPECT_EQ(after("UPDATE rec_user SET deleted = 1, doc = '{}', by_email = '', ver = '{\"_deleted\":[1,7]}' "
                  "WHERE id = 'U7'"),
            (Counts{{"claim_without_row", 1}}));
}

TEST_P(StoreCheckTest, TheFeedHasEveryRowAndNothingElse) {
  EXPECT_EQ(after("DELETE FROM rec_session WHERE id = 'S1'").at("feed_without_row"), 1U);
  EXPECT_EQ(after("DELETE FROM feed WHERE id = 'U1'").at("row_without_feed"), 1U);
  EXPECT_GE(after("UPDATE feed_head SET next = 5 WHERE lane = 0").at("feed_above_head"), 1U);
  EXPECT_GE(after("UPDATE feed_head SET next = 5 WHERE lane = 2").at("event_above_head"), 1U);
  EXPECT_EQ(after("DELETE FROM feed_head WHERE lane = 1").at("feed_head"), 1U);
}

INSTANTIATE_TEST_SUITE_P(Engines, StoreCheckTest, testing::Values("sqlite", "postgres", "mariadb"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace cardea::store
