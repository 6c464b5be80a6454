#include "store/merge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "store/claims.h"
#include "store/row_text.h"

namespace cardea::store {
namespace {

using base::json::object;

Record row(Kind kind, object document, std::uint64_t hlc, model::CellNumber cell = 1) {
  Record record;
  record.key = {model::TenantId{"t"}, kind, "id"};
  record.set_document(std::move(document));
  for (const auto& [name, content] : record.groups) record.stamps[name] = {hlc, cell};
  return record;
}

std::string text(const Record& record) {
  std::vector<std::string> groups;
  for (const auto& [name, content] : record.groups) {
    auto members = content.is_object() ? content.get_object() : object{};
    std::vector<std::string> lines;
    for (const auto& [member, value] : members) lines.push_back(std::string(member) + base::json::serialize(value));
    std::ranges::sort(lines);
    std::string line(name);
    line += content.is_object() ? "" : base::json::serialize(content);
    for (const auto& part : lines) line += part;
    groups.push_back(line);
  }
  std::ranges::sort(groups);
  std::string out = write_stamps(record.stamps) + (record.deleted ? " deleted " : " ") +
                    std::to_string(base::to_millis(record.expires_at));
  for (const auto& group : groups) out += "\n" + group;
  return out;
}

TEST(MergeTest, GroupsAreChosenOneByOne) {
  auto mine = row(Kind::user, {{"email", "old@example.com"}, {"blocked", true}}, 10);
  auto theirs = row(Kind::user, {{"email", "new@example.com"}, {"blocked", false}}, 20);
  theirs.stamps["blocked"] = {5, 2};

  const auto merged = merge(mine, theirs);

  EXPECT_EQ(merged.changed, std::vector<std::string>{"email"});
  const auto document = merged.record.document();
  EXPECT_EQ(document.at("email"), "new@example.com");
  EXPECT_EQ(document.at("blocked"), true);
}

TEST(MergeTest, ARemovedGroupStaysRemoved) {
  auto mine = row(Kind::user, {{"username", "ada"}, {"email", "a@example.com"}}, 10);
  auto theirs = mine;
  theirs.groups.erase("username");
  theirs.stamps["username"] = {11, 2};

  EXPECT_FALSE(merge(mine, theirs).record.groups.contains("username"));
  EXPECT_FALSE(merge(theirs, mine).record.groups.contains("username"));
  EXPECT_FALSE(merge(theirs, mine).any()) << "mine is newer";
}

TEST(MergeTest, WhatIsRevokedStaysRevoked) {
  const auto alive = row(Kind::session, {{"user", "u"}, {"revoked", false}}, 99);
  const auto revoked = row(Kind::session, {{"user", "u"}, {"revoked", true}}, 1);

  EXPECT_EQ(merge(alive, revoked).record.document().at("revoked"), true);
  EXPECT_EQ(merge(revoked, alive).record.document().at("revoked"), true);
}

TEST(MergeTest, DeletionBeatsALaterChange) {
  auto dead = row(Kind::user, {}, 0);
  dead.deleted = true;
  dead.stamps = {{std::string(kDeletionGroup), {5, 1}}};
  const auto changed = row(Kind::user, {{"email", "a@example.com"}}, 50);

  const auto merged = merge(changed, dead);

  EXPECT_TRUE(merged.record.deleted);
  EXPECT_TRUE(merged.record.groups.empty());
  EXPECT_TRUE(merged.any());
  EXPECT_FALSE(merge(dead, changed).any());
}

TEST(MergeTest, TheLaterLoginAndEverybodysCountsStay) {
  auto mine =
      row(Kind::user, {{"last_login", "2026-01-02T00:00:00.000Z"}, {"last_ip", "1"}, {"logins", {{"1.a", 7}}}}, 9);
  auto theirs =
      row(Kind::user,
          {{"last_login", "2026-01-03T00:00:00.000Z"}, {"last_ip", "2"}, {"logins", {{"1.a", 5}, {"2.b", 3}}}}, 5, 2);

  const auto document = merge(mine, theirs).record.document();

  EXPECT_EQ(document.at("last_ip"), "2");
  EXPECT_EQ(document.at("logins").at("1.a"), 7);
  EXPECT_EQ(document.at("logins").at("2.b"), 3);
}

TEST(MergeTest, WhoAdoptedAFamilyLastOwnsIt) {
  auto home = row(Kind::refresh_family, {{"home", 1}, {"home_epoch", 1}, {"generation", 9}}, 100);
  auto adopter = row(Kind::refresh_family, {{"home", 2}, {"home_epoch", 2}, {"generation", 4}}, 50, 2);
  adopter.stamps["owner"] = {120, 2};

  EXPECT_EQ(merge(home, adopter).record.document().at("generation"), 4);
  EXPECT_EQ(merge(adopter, home).record.document().at("generation"), 4);
}

TEST(MergeTest, CandidatesForANameAreAllKept) {
  object one, other;
  put_candidate(one, {.row = "a", .attempt = "01", .created = 1, .cell = 1, .released = true});
  put_candidate(other, {.row = "a", .attempt = "01", .verified = 9, .created = 1, .cell = 1});
  put_candidate(other, {.row = "b", .attempt = "02", .created = 2, .cell = 2});

  const auto merged = merge(row(Kind::claim, one, 5), row(Kind::claim, other, 6));

  EXPECT_EQ(winner_of(merged.record.document())->row, "b");
}

TEST(MergeTest, TheLaterEndCounts) {
  auto mine = row(Kind::session, {{"user", "u"}}, 5), theirs = mine;
  mine.expires_at = base::from_millis(1000);
  theirs.expires_at = base::from_millis(2000);

  EXPECT_EQ(merge(mine, theirs).record.expires_at, theirs.expires_at);
  EXPECT_TRUE(merge(mine, theirs).any());
  EXPECT_FALSE(merge(theirs, mine).any());
}

// States of one row as different cells may have made them.
class MergeOrderTest : public testing::TestWithParam<Kind> {
 protected:
  std::uint64_t below(std::uint64_t end) { return chance_() % end; }

  Record any_state() {
    Record record;
    record.key = {model::TenantId{"t"}, GetParam(), "id"};
    record.expires_at = base::from_millis(static_cast<std::int64_t>(1000 * (1 + below(3))));
    if (below(20) == 0) {
      record.deleted = true;
      record.stamps[std::string(kDeletionGroup)] = any_stamp();
      return record;
    }
    for (const auto& group : schema_of(GetParam()).groups) {
      const auto names = group.per_key
                             ? std::vector<std::string>{std::string(group.name) + ".x", std::string(group.name) + ".y"}
                             : std::vector<std::string>{std::string(group.name)};
      for (const auto& name : names) {
        if (below(4) == 0) continue;
        record.stamps[name] = any_stamp();
        if (below(5) != 0) record.groups[name] = any_content(group);
      }
    }
    return record;
  }

  Stamp any_stamp() { return {1 + below(4), static_cast<model::CellNumber>(1 + below(3))}; }

  base::json::value any_content(const GroupSchema& group) {
    if (group.merge == Merge::counter) return static_cast<std::int64_t>(below(5));
    if (group.merge == Merge::claim_map) {
      object candidates;
      for (const auto* attempt : {"01", "02"})
        if (below(2) == 0)
          put_candidate(candidates, {.row = "r",
                                     .attempt = attempt,
                                     .verified = static_cast<std::int64_t>(below(3)),
                                     .created = 1,
                                     .cell = 1,
                                     .released = below(2) == 0});
      return candidates;
    }
    if (group.per_key) return below(2) == 0;
    object content;
    for (const auto member : group.members)
      if (group.merge == Merge::or_flag)
        content[member] = below(2) == 0;
      else
        content[member] = static_cast<std::int64_t>(below(3));
    if (group.members.empty()) content["rest"] = static_cast<std::int64_t>(below(3));
    return content;
  }

  std::mt19937_64 chance_{7};
};

TEST_P(MergeOrderTest, DoesNotMatterNorDoesRepetition) {
  for (int round = 0; round < 3000; ++round) {
    const auto a = any_state(), b = any_state(), c = any_state();
    const auto ab = merge(a, b).record;
    ASSERT_EQ(text(ab), text(merge(b, a).record));
    ASSERT_EQ(text(merge(ab, c).record), text(merge(a, merge(b, c).record).record)) << text(a) << "\n--\n"
                                                                                    << text(b) << "\n--\n"
                                                                                    << text(c);
    ASSERT_FALSE(merge(ab, a).any()) << text(ab) << "\n--\n" << text(a);
    ASSERT_FALSE(merge(ab, b).any());
    ASSERT_EQ(merge(a, b).any(), text(ab) != text(a));
  }
}

INSTANTIATE_TEST_SUITE_P(, MergeOrderTest, testing::ValuesIn([] {
                           std::vector<Kind> kinds;
                           for (const auto& schema : all_kinds()) kinds.push_back(schema.kind);
                           return kinds;
                         }()),
                         [](const auto& info) { return std::string(schema_of(info.param).table); });

}  // namespace
}  // namespace cardea::store
