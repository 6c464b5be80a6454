#pragma once

#include "tests/store_contract/engine_contract.h"

namespace cardea::store {

using base::Errc;
using base::json::object;

// What other cells see of the database, and what it takes from them (REPLICATION.md §2.3). This cell is number 7.
class ChangesContract : public EngineContract {
 protected:
  Changes changes(Lane lane, std::uint64_t since = 0, std::size_t most = 1000, std::size_t bytes = 1 << 20) {
    auto out = wait(database_->changes(lane, since, most, bytes));
    EXPECT_TRUE(out) << (out ? "" : out.error().reason);
    return out ? std::move(*out) : Changes{};
  }

  // A row as cell 9 may have made it.
  Record of_cell_9(const std::string& id, const object& document, std::uint64_t hlc) {
    auto record = make(user_key(id), document);
    for (const auto& [group, content] : record.groups) record.stamps[group] = {hlc, 9};
    return record;
  }

  // Gives whether anything changed here.
  bool take(const Record& record, model::CellNumber from = 9) {
    bool changed = false;
    EXPECT_TRUE(write([&](Transaction& transaction) -> base::Result<void> {
      const auto merged = transaction.merge(record, from);
      if (!merged) return base::pass_on(merged);
      changed = *merged;
      return {};
    }));
    return changed;
  }

  static constexpr std::uint64_t kPast = 1ULL << 16;  // long before the clock of this cell
};

TEST_P(ChangesContract, a_change_is_the_row_as_it_stands) {
  ASSERT_TRUE(put(user_key("U1"), {{"email", "a@b.c"}, {"name", "A"}}));
  ASSERT_TRUE(put(user_key("U2"), {{"email", "b@b.c"}}));
  ASSERT_TRUE(change(user_key("U1"), [](object& d) { d["email"] = "new@b.c"; }));
  ASSERT_TRUE(erase(user_key("U2")));

  const auto hot = changes(Lane::hot);

  ASSERT_EQ(hot.rows.size(), 2U);
  EXPECT_EQ(hot.rows[0].row.key, user_key("U1"));
  EXPECT_EQ(hot.rows[0].row.document().at("email"), "new@b.c");
  EXPECT_EQ(hot.rows[0].row.stamps, must_get(user_key("U1")).stamps);
  EXPECT_TRUE(hot.rows[1].row.deleted) << "others must hear of a deletion";
  EXPECT_EQ(hot.rows[1].row.stamps.size(), 1U);
  EXPECT_EQ(hot.rows[0].via, 0);
  EXPECT_EQ(hot.last, hot.rows[1].lseq);
  EXPECT_EQ(hot.head, hot.last);
  EXPECT_TRUE(changes(Lane::hot, hot.last).rows.empty());
  EXPECT_EQ(changes(Lane::hot, hot.last).last, hot.last);
}

TEST_P(ChangesContract, portions_are_bounded_by_rows_and_by_bytes) {
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(put(user_key("U" + std::to_string(i)), {{"email", std::string(1000, 'x')}}));

  const auto first = changes(Lane::hot, 0, 4);
  EXPECT_EQ(first.rows.size(), 4U);
  EXPECT_EQ(first.last, first.rows.back().lseq);
  EXPECT_GT(first.head, first.last);
  const auto second = changes(Lane::hot, first.last, 100, 2500);
  EXPECT_EQ(second.rows.size(), 3U) << "the one that passes the bound is the last";
  EXPECT_EQ(changes(Lane::hot, second.last).rows.size(), 3U);
}

TEST_P(ChangesContract, a_row_that_came_as_it_stands_goes_not_back) {
  ASSERT_TRUE(take(of_cell_9("U1", {{"email", "a@b.c"}, {"name", "A"}}, kPast)));

  EXPECT_EQ(must_get(user_key()).document().at("email"), "a@b.c");
  EXPECT_EQ(must_get(user_key()).stamps.at("email"), (Stamp{kPast, 9}));
  ASSERT_EQ(changes(Lane::hot).rows.size(), 1U) << "other cells hear of it here";
  EXPECT_EQ(changes(Lane::hot).rows[0].via, 9);
  EXPECT_EQ(changes(Lane::bulk).rows[0].via, 9);
}

TEST_P(ChangesContract, the_same_row_again_is_no_change) {
  const auto row = of_cell_9("U1", {{"email", "a@b.c"}}, kPast);
  ASSERT_TRUE(take(row));
  const auto head = changes(Lane::hot).head;

  EXPECT_FALSE(take(row));
  EXPECT_FALSE(take(row, 3));
  EXPECT_EQ(changes(Lane::hot).head, head);
}

TEST_P(ChangesContract, a_row_of_which_a_part_is_ours_goes_back) {
  ASSERT_TRUE(put(user_key(), {{"email", "ours@b.c"}, {"name", "A"}}));

  ASSERT_TRUE(take(of_cell_9("U1", {{"email", "theirs@b.c"}, {"name", "A"}, {"username", "ada"}}, kPast)));

  EXPECT_EQ(must_get(user_key()).document().at("email"), "ours@b.c") << "the newer one";
  EXPECT_EQ(must_get(user_key()).document().at("username"), "ada");
  ASSERT_EQ(changes(Lane::hot).rows.size(), 1U);
  EXPECT_EQ(changes(Lane::hot).rows[0].via, 0) << "they lack our e-mail";
}

TEST_P(ChangesContract, what_is_changed_here_after_it_came_goes_back) {
  ASSERT_TRUE(take(of_cell_9("U1", {{"email", "a@b.c"}}, kPast)));

  ASSERT_TRUE(change(user_key(), [](object& d) { d["email"] = "b@b.c"; }));

  ASSERT_EQ(changes(Lane::hot).rows.size(), 1U);
  EXPECT_EQ(changes(Lane::hot).rows[0].via, 0);
}

// Nobody has looked at the feed between the two, so they are one entry of it.
TEST_P(ChangesContract, what_came_after_a_change_here_that_it_did_not_see_goes_back) {
  ASSERT_TRUE(put(user_key(), {{"name", "ours"}}));
  const auto ours = must_get(user_key());
  auto theirs = ours;
  theirs.groups["email"] = object{{"email", "a@b.c"}};
  theirs.stamps["email"] = {kPast, 9};

  ASSERT_TRUE(take(theirs)) << "it holds our change too, so they have seen it";

  ASSERT_EQ(changes(Lane::hot).rows.size(), 1U);
  EXPECT_EQ(changes(Lane::hot).rows[0].via, 9);
  ASSERT_EQ(changes(Lane::bulk).rows.size(), 1U);
  EXPECT_EQ(changes(Lane::bulk).rows[0].via, 0);
}

TEST_P(ChangesContract, a_deletion_that_came_is_one_here) {
  ASSERT_TRUE(put(user_key(), {{"email", "a@b.c"}}));
  ASSERT_EQ(changes(Lane::hot).rows.size(), 1U);  // else the two are one entry, and that goes back to be safe
  Record tombstone;
  tombstone.key = user_key();
  tombstone.deleted = true;
  tombstone.stamps = {{"_deleted", {kPast, 9}}};

  ASSERT_TRUE(take(tombstone));

  EXPECT_EQ(get(user_key()).error().code, Errc::not_found);
  EXPECT_EQ(changes(Lane::hot).rows.back().via, 9);
  EXPECT_FALSE(take(of_cell_9("U1", {{"email", "late@b.c"}}, kPast << 20)));
  EXPECT_EQ(get(user_key()).error().code, Errc::not_found);
}

TEST_P(ChangesContract, a_position_is_kept_with_the_rows_or_not_at_all) {
  const std::string peer = "cell 9";
  ASSERT_TRUE(write([&](Transaction& transaction) -> base::Result<void> {
    EXPECT_TRUE(transaction.merge(of_cell_9("U1", {{"email", "a@b.c"}}, kPast), 9));
    return transaction.set_cursor(peer, Lane::hot, 5);
  }));
  EXPECT_EQ(wait(database_->cursor(peer, Lane::hot)), 5U);

  EXPECT_FALSE(write([&](Transaction& transaction) -> base::Result<void> {
    EXPECT_TRUE(transaction.merge(of_cell_9("U2", {{"email", "b@b.c"}}, kPast), 9));
    EXPECT_TRUE(transaction.set_cursor(peer, Lane::hot, 6));
    return base::fail(Errc::denied, "stop");
  }));
  EXPECT_EQ(wait(database_->cursor(peer, Lane::hot)), 5U);
  EXPECT_EQ(wait(database_->cursor(peer, Lane::bulk)), 0U);
  EXPECT_EQ(get(user_key("U2")).error().code, Errc::not_found);
}

}  // namespace cardea::store
