#pragma once

#include <limits>
#include <set>
#include <stdexcept>

#include "tests/store_contract/engine_contract.h"

namespace cardea::store {

using base::Errc;
using base::json::object;

using RowContract = EngineContract;

TEST_P(RowContract, a_row_reads_back_as_it_was_put) {
  const object document{{"user_id", "auth0|1"},
                        {"email", "a@example.com"},
                        {"email_verified", true},
                        {"name", "Zoë 🦊 \xF0\x9D\x84\x9E"},
                        {"nickname", std::string("nul\0inside", 10)},
                        {"empty", ""},
                        {"null", nullptr},
                        {"numbers", {0, -1, 1.5, std::numeric_limits<std::int64_t>::max(), 1e300}},
                        {"user_metadata", {{"color", "red"}, {"dotted.key", 1}, {"", "empty key"}}},
                        {"app_metadata", object{}},
                        {"logins_count", {{"7", 3}}},
                        {"unknown_member", {{"deep", {1, {{"x", 2}}}}}}};

  ASSERT_TRUE(put(user_key(), document));

  const auto record = must_get(user_key());
  EXPECT_EQ(record.document(), document);
  EXPECT_FALSE(record.deleted);
  EXPECT_EQ(record.key, user_key());
}

TEST_P(RowContract, what_does_not_exist_is_not_found) {
  ASSERT_TRUE(put(user_key(), {{"name", "x"}}));

  EXPECT_EQ(get(user_key("U2")).error().code, Errc::not_found);
  EXPECT_EQ(get({other_, Kind::user, "U1"}).error().code, Errc::not_found);
  EXPECT_EQ(get({tenant_, Kind::client, "U1"}).error().code, Errc::not_found);
  EXPECT_EQ(erase(user_key("U2")).error().code, Errc::not_found);
}

TEST_P(RowContract, only_the_groups_that_change_get_a_new_stamp) {
  ASSERT_TRUE(put(user_key(), {{"email", "a@b.c"}, {"name", "A"}, {"user_metadata", {{"k", 1}, {"l", 2}}}}));
  const auto before = must_get(user_key());
  EXPECT_EQ(before.stamps.at("email").cell, 7);

  const auto mark = change(user_key(), [](object& d) { d["user_metadata"].get_object()["k"] = 3; });

  const auto after = must_get(user_key());
  EXPECT_EQ(after.stamps.at("email"), before.stamps.at("email"));
  EXPECT_EQ(after.stamps.at("profile"), before.stamps.at("profile"));
  EXPECT_EQ(after.stamps.at("user_metadata.l"), before.stamps.at("user_metadata.l"));
  EXPECT_GT(after.stamps.at("user_metadata.k"), before.stamps.at("user_metadata.k"));
  ASSERT_EQ(mark->written.size(), 1U);
  EXPECT_EQ(mark->written[0].key, user_key());
  EXPECT_EQ(mark->written[0].stamp, after.stamps.at("user_metadata.k"));
  EXPECT_EQ(mark->written[0].data_class, DataClass::c2);
}

TEST_P(RowContract, a_row_without_a_difference_is_not_written) {
  ASSERT_TRUE(put(user_key(), {{"name", "A"}}));
  const auto before = must_get(user_key());

  const auto mark = change(user_key(), [](object& d) { d["name"] = "A"; });

  EXPECT_TRUE(mark->written.empty());
  EXPECT_EQ(must_get(user_key()).stamps, before.stamps);
  EXPECT_EQ(feed(Lane::bulk).size(), 1U);
}

TEST_P(RowContract, stamps_rise_even_when_the_wall_clock_goes_back) {
  ASSERT_TRUE(put(user_key(), {{"name", "A"}}));
  const auto before = must_get(user_key());
  clock_.advance(std::chrono::hours{-2});

  ASSERT_TRUE(change(user_key(), [](object& d) { d["name"] = "B"; }));

  EXPECT_GT(must_get(user_key()).stamps.at("profile"), before.stamps.at("profile"));
}

TEST_P(RowContract, a_group_that_is_removed_keeps_a_newer_stamp) {
  ASSERT_TRUE(put(user_key(), {{"name", "A"}, {"user_metadata", {{"k", 1}}}}));
  const auto before = must_get(user_key());

  ASSERT_TRUE(change(user_key(), [](object& d) { d.erase("user_metadata"); }));

  const auto after = must_get(user_key());
  EXPECT_FALSE(after.groups.contains("user_metadata.k"));
  EXPECT_GT(after.stamps.at("user_metadata.k"), before.stamps.at("user_metadata.k"));
}

TEST_P(RowContract, groups_of_a_newer_version_are_kept) {
  auto record = make(user_key(), {{"name", "A"}});
  record.groups["hologram"] = {{"x", 1}};
  ASSERT_TRUE(put(record));

  ASSERT_TRUE(change(user_key(), [](object& d) { d["name"] = "B"; }));

  EXPECT_EQ(must_get(user_key()).groups.at("hologram"), (object{{"x", 1}}));
  EXPECT_FALSE(must_get(user_key()).document().contains("x"));
}

TEST_P(RowContract, a_put_over_a_version_that_was_not_read_is_a_conflict) {
  ASSERT_TRUE(put(user_key(), {{"name", "A"}}));
  auto stale = must_get(user_key());
  ASSERT_TRUE(change(user_key(), [](object& d) { d["name"] = "B"; }));

  stale.set_document({{"name", "C"}});
  EXPECT_EQ(put(stale).error().code, Errc::conflict);
  EXPECT_EQ(put(user_key(), {{"name", "D"}}).error().code, Errc::conflict) << "insert over a live row";
  EXPECT_EQ(must_get(user_key()).document(), (object{{"name", "B"}}));
}

TEST_P(RowContract, a_unit_of_work_sees_its_own_writes) {
  const Key session{tenant_, Kind::session, "S1"};

  const auto mark = write([&](Transaction& transaction) -> base::Result<void> {
    auto record = make(session, {{"user", "U1"}, {"n", 1}});
    EXPECT_TRUE(transaction.put(record));
    EXPECT_EQ(transaction.find(tenant_, Kind::session, "user", "U1", 10)->size(), 1U);
    EXPECT_EQ(transaction.page(tenant_, Kind::session, "", 10)->rows.size(), 1U);
    record.set_document({{"user", "U1"}, {"n", 2}});
    EXPECT_EQ(transaction.put(record).error().code, Errc::conflict) << "its stamps are from before the first put";
    auto again = transaction.get(session);
    again->set_document({{"user", "U2"}, {"n", 2}});
    EXPECT_TRUE(transaction.put(*again));
    EXPECT_TRUE(transaction.find(tenant_, Kind::session, "user", "U1", 10)->empty());
    return {};
  });

  ASSERT_TRUE(mark);
  EXPECT_EQ(mark->written.size(), 1U);
  EXPECT_EQ(must_get(session).document(), (object{{"user", "U2"}, {"n", 2}}));
}

TEST_P(RowContract, a_deleted_row_never_lives_again) {
  const Key key{tenant_, Kind::credential, "C1"};
  ASSERT_TRUE(put(key, {{"user", "U1"}, {"hash", "h"}}));
  const auto read_before = must_get(key);

  const auto mark = erase(key);

  ASSERT_TRUE(mark);
  EXPECT_GT(mark->written.at(0).stamp, read_before.stamps.at("credential"));
  EXPECT_EQ(get(key).error().code, Errc::not_found);
  EXPECT_TRUE(wait(database_->find(tenant_, Kind::credential, "user", "U1", 10))->empty());
  EXPECT_EQ(wait(database_->count(tenant_, Kind::credential)), 0U);
  EXPECT_TRUE(wait(database_->page(tenant_, Kind::credential, "", 10))->rows.empty());
  EXPECT_EQ(put(key, {{"user", "U1"}}).error().code, Errc::conflict);
  EXPECT_EQ(put(read_before).error().code, Errc::conflict);
  EXPECT_EQ(erase(key).error().code, Errc::not_found);
}

TEST_P(RowContract, a_flag_once_set_stays_set) {
  const Key key{tenant_, Kind::session, "S1"};
  ASSERT_TRUE(put(key, {{"user", "U1"}, {"revoked", true}}));

  ASSERT_TRUE(change(key, [](object& d) { d["revoked"] = false; }));
  ASSERT_TRUE(change(key, [](object& d) { d.erase("revoked"); }));

  EXPECT_EQ(must_get(key).document().at("revoked"), true);
}

TEST_P(RowContract, rows_are_found_by_their_lookups) {
  const auto family = [&](std::string id, std::string user, std::string session) {
    ASSERT_TRUE(put({tenant_, Kind::refresh_family, std::move(id)}, {{"user", user}, {"session", session}}));
  };
  family("F3", "U1", "S1");
  family("F1", "U1", "S2");
  family("F2", "U2", "S1");
  ASSERT_TRUE(put({other_, Kind::refresh_family, "F9"}, {{"user", "U1"}}));
  ASSERT_TRUE(put({tenant_, Kind::refresh_family, "F8"}, {{"session", ""}}));
  const auto ids = [&](std::string_view lookup, std::string value, std::size_t limit = 10) {
    std::vector<std::string> out;
    for (const auto& record : *wait(database_->find(tenant_, Kind::refresh_family, lookup, std::move(value), limit)))
      out.push_back(record.key.id);
    return out;
  };
  using Ids = std::vector<std::string>;

  EXPECT_EQ(ids("user", "U1"), (Ids{"F1", "F3"}));
  EXPECT_EQ(ids("user", "U1", 1), (Ids{"F1"}));
  EXPECT_EQ(ids("session", "S1"), (Ids{"F2", "F3"}));
  EXPECT_EQ(ids("session", ""), Ids{}) << "nothing is found by nothing";

  ASSERT_TRUE(change({tenant_, Kind::refresh_family, "F3"}, [](object& d) { d["user"] = "U2"; }));
  EXPECT_EQ(ids("user", "U1"), (Ids{"F1"}));
  EXPECT_EQ(ids("user", "U2"), (Ids{"F2", "F3"}));
}

TEST_P(RowContract, pages_give_every_row_once_in_order) {
  for (int i = 0; i < 25; ++i) ASSERT_TRUE(put(user_key("U" + std::to_string(100 + i)), {{"name", std::to_string(i)}}));
  ASSERT_TRUE(put({other_, Kind::user, "U105x"}, {{"name", "of another tenant"}}));
  ASSERT_TRUE(erase(user_key("U110")));

  std::vector<std::string> ids;
  std::string after;
  do {
    const auto page = wait(database_->page(tenant_, Kind::user, after, 7));
    ASSERT_TRUE(page);
    EXPECT_LE(page->rows.size(), 7U);
    for (const auto& row : page->rows) ids.push_back(row.key.id);
    after = page->next;
  } while (!after.empty());

  EXPECT_EQ(ids.size(), 24U);
  EXPECT_TRUE(std::ranges::is_sorted(ids));
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 24U);
  EXPECT_EQ(wait(database_->count(tenant_, Kind::user)), 24U);
  EXPECT_EQ(wait(database_->page(tenant_, Kind::user, "", 24))->next, "") << "a full last page has no successor";
}

TEST_P(RowContract, an_expired_row_does_not_exist) {
  const Key key{tenant_, Kind::session, "S1"};
  const auto soon = clock_.now() + std::chrono::minutes{5};
  ASSERT_TRUE(put(key, {{"user", "U1"}}, soon));
  EXPECT_EQ(must_get(key).expires_at, soon);

  clock_.advance(std::chrono::minutes{5});

  EXPECT_EQ(get(key).error().code, Errc::not_found);
  EXPECT_TRUE(wait(database_->find(tenant_, Kind::session, "user", "U1", 10))->empty());
  EXPECT_EQ(wait(database_->count(tenant_, Kind::session)), 0U);
  EXPECT_TRUE(wait(database_->page(tenant_, Kind::session, "", 10))->rows.empty());
  EXPECT_EQ(erase(key).error().code, Errc::not_found);
  ASSERT_TRUE(put(key, {{"user", "U2"}}, clock_.now() + std::chrono::minutes{5})) << "its place is free";
  EXPECT_EQ(must_get(key).document().at("user"), "U2");
}

TEST_P(RowContract, expiry_only_moves_forward) {
  const Key key{tenant_, Kind::session, "S1"};
  const auto in = [&](int minutes) { return clock_.now() + std::chrono::minutes{minutes}; };
  ASSERT_TRUE(put(key, {{"user", "U1"}}, in(10)));
  const auto put_with = [&](base::Time expires_at) {
    auto record = must_get(key);
    record.expires_at = expires_at;
    return put(std::move(record));
  };

  EXPECT_EQ(put_with(in(20))->written.size(), 1U);
  EXPECT_EQ(put_with(in(5))->written.size(), 0U);
  EXPECT_EQ(must_get(key).expires_at, in(20));
  EXPECT_EQ(put_with({})->written.size(), 1U) << "never is the latest of all";
  EXPECT_EQ(put_with(in(30))->written.size(), 0U);
  EXPECT_EQ(must_get(key).expires_at, base::Time{});
}

TEST_P(RowContract, the_sweeper_removes_what_expired_an_hour_ago) {
  const auto soon = clock_.now() + std::chrono::minutes{1};
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(put({tenant_, Kind::consumption, "C" + std::to_string(i)}, {{"note", i}}, soon));
  ASSERT_TRUE(put({tenant_, Kind::session, "S1"}, {{"user", "U1"}}, soon));
  ASSERT_TRUE(put({tenant_, Kind::session, "S2"}, {{"user", "U1"}}));
  clock_.advance(std::chrono::minutes{60});
  EXPECT_EQ(wait(database_->sweep_expired(10)), 0U);

  clock_.advance(std::chrono::minutes{2});

  EXPECT_EQ(wait(database_->sweep_expired(4)), 4U);
  EXPECT_EQ(wait(database_->sweep_expired(4)), 2U);
  EXPECT_EQ(wait(database_->sweep_expired(4)), 0U);
  EXPECT_TRUE(feed(Lane::hot).empty());
  EXPECT_EQ(feed(Lane::bulk).size(), 1U);
  EXPECT_TRUE(get({tenant_, Kind::session, "S2"}));
}

TEST_P(RowContract, a_megabyte_fits_and_ten_do_not) {
  ASSERT_TRUE(put(user_key(), {{"app_metadata", {{"big", std::string(1 << 20, 'x')}}}}));
  EXPECT_EQ(must_get(user_key()).document().at("app_metadata").at("big").as_string().size(), 1U << 20);

  EXPECT_EQ(put(user_key("U2"), {{"name", std::string(10 << 20, 'x')}}).error().code, Errc::invalid);
}

TEST_P(RowContract, what_could_not_be_read_back_is_refused) {
  base::json::value deep = 1;
  for (int i = 0; i < 70; ++i) deep = base::json::array{deep};

  EXPECT_EQ(put(user_key(), {{"name", "\xFF\xFE"}}).error().code, Errc::invalid);
  EXPECT_EQ(put(user_key(), {{"name", deep}}).error().code, Errc::invalid);
  EXPECT_EQ(put(user_key(""), {{"name", "x"}}).error().code, Errc::invalid);
  EXPECT_EQ(put(user_key(std::string(600, 'i')), {{"name", "x"}}).error().code, Errc::invalid);
  EXPECT_EQ(get(user_key()).error().code, Errc::not_found);
}

TEST_P(RowContract, a_unit_of_work_that_fails_leaves_nothing) {
  ASSERT_TRUE(put(user_key("U0"), {{"name", "before"}}));
  const auto hot = feed(Lane::hot).size();

  const auto failed = write([&](Transaction& transaction) -> base::Result<void> {
    EXPECT_TRUE(transaction.put(make(user_key("U1"), {{"email", "a@b.c"}})));
    auto record = transaction.get(user_key("U0"));
    record->set_document({{"name", "after"}});
    EXPECT_TRUE(transaction.put(*record));
    EXPECT_TRUE(transaction.claim(tenant_, "email", "a@b.c", "U1", false));
    transaction.append_event({0, tenant_, "ss", {}, {}});
    transaction.enqueue({0, tenant_, "mail", {}, {}, 0});
    return base::fail(Errc::denied, "changed my mind");
  });

  EXPECT_EQ(failed.error(), (base::Error{Errc::denied, "changed my mind"}));
  EXPECT_EQ(get(user_key("U1")).error().code, Errc::not_found);
  EXPECT_EQ(must_get(user_key("U0")).document(), (object{{"name", "before"}}));
  EXPECT_EQ(wait(database_->holder(tenant_, "email", "a@b.c")).error().code, Errc::not_found);
  EXPECT_TRUE(wait(database_->events_after(tenant_, 0, 10))->empty());
  EXPECT_TRUE(wait(database_->take_jobs("mail", std::chrono::seconds{1}, 10))->empty());
  EXPECT_EQ(feed(Lane::hot).size(), hot);
}

TEST_P(RowContract, a_unit_of_work_may_write_many_rows) {
  constexpr int kRows = 200;
  const auto id = [](int i) { return "U" + std::to_string(1000 + i); };

  const auto written = write([&](Transaction& transaction) -> base::Result<void> {
    for (int i = 0; i < kRows; ++i) {
      EXPECT_TRUE(transaction.put(make(user_key(id(i)), {{"email", "same@example.com"}, {"n", i}})));
      transaction.append_event({0, tenant_, "ss", {}, {{"n", i}}});
    }
    EXPECT_TRUE(transaction.put(make(user_key("U2000"), {{"n", std::string(1 << 20, 'x')}})));
    auto changed = transaction.get(user_key(id(7)));
    changed->set_document({{"email", "same@example.com"}, {"n", "changed"}});
    EXPECT_TRUE(transaction.put(*changed));
    EXPECT_TRUE(transaction.erase(user_key(id(8))));
    EXPECT_EQ(transaction.find(tenant_, Kind::user, "email", "same@example.com", 1000)->size(), kRows - 1U);
    EXPECT_EQ(transaction.page(tenant_, Kind::user, id(kRows - 3), 10)->rows.size(), 3U);
    EXPECT_TRUE(transaction.put(make(user_key("U2001"), {{"n", "after a list"}})));
    return {};
  });

  ASSERT_TRUE(written) << written.error().reason;
  EXPECT_EQ(written->written.size(), kRows + 2U);
  EXPECT_EQ(wait(database_->count(tenant_, Kind::user)), kRows + 1U);
  EXPECT_EQ(must_get(user_key(id(7))).document().at("n"), "changed");
  EXPECT_EQ(get(user_key(id(8))).error().code, Errc::not_found);
  EXPECT_EQ(must_get(user_key(id(199))).document().at("n"), 199);
  EXPECT_EQ(feed(Lane::bulk).size(), kRows + 2U);
  const auto events = wait(database_->events_after(tenant_, 0, 1000)).value();
  ASSERT_EQ(events.size(), std::size_t{kRows});
  for (int i = 0; i < kRows; ++i) EXPECT_EQ(events[static_cast<std::size_t>(i)].body.at("n"), i);
}

TEST_P(RowContract, what_a_failed_unit_wrote_is_not_written_by_a_later_one) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(write([&](Transaction& transaction) -> base::Result<void> {
      EXPECT_TRUE(transaction.put(make(user_key("lost"), {{"email", "a@b.c"}})));
      transaction.append_event({0, tenant_, "ss", {}, {}});
      return base::fail(Errc::denied, "changed my mind");
    }));
    ASSERT_TRUE(put(user_key("kept" + std::to_string(i)), {{"name", "x"}}));
  }

  EXPECT_EQ(get(user_key("lost")).error().code, Errc::not_found);
  EXPECT_EQ(wait(database_->count(tenant_, Kind::user)), 20U);
  EXPECT_EQ(feed(Lane::bulk).size(), 20U);
  EXPECT_TRUE(wait(database_->events_after(tenant_, 0, 10))->empty());
}

TEST_P(RowContract, a_new_key_is_of_a_row_that_is_not_there) {
  std::set<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    const auto written = write([&](Transaction& transaction) -> base::Result<void> {
      const auto key = transaction.new_key(tenant_, Kind::user);
      EXPECT_EQ(transaction.get(key).error().code, Errc::not_found);
      ids.insert(key.id);
      return transaction.put(make(key, {{"name", "x"}}));
    });
    ASSERT_TRUE(written);
  }

  EXPECT_EQ(ids.size(), 5U);
  for (const auto& id : ids) EXPECT_EQ(must_get(user_key(id)).document(), (object{{"name", "x"}}));
}

TEST_P(RowContract, what_a_body_throws_reaches_its_caller_and_leaves_nothing) {
  EXPECT_THROW((void)write([&](Transaction& transaction) -> base::Result<void> {
                 EXPECT_TRUE(transaction.put(make(user_key(), {{"name", "x"}})));
                 throw std::logic_error("a bug");
               }),
               std::logic_error);

  EXPECT_EQ(get(user_key()).error().code, Errc::not_found);
  EXPECT_TRUE(put(user_key(), {{"name", "y"}})) << "the engine goes on";
}

TEST_P(RowContract, of_several_that_insert_the_same_row_one_wins) {
  std::atomic<int> won = 0, lost = 0;

  race(8, [&](int i) {
    const auto done = put({tenant_, Kind::consumption, "code-1"}, {{"by", i}});
    if (done) ++won;
    if (!done && done.error().code == Errc::conflict) ++lost;
  });

  EXPECT_EQ(won, 1);
  EXPECT_EQ(lost, 7);
}

TEST_P(RowContract, no_update_is_lost) {
  ASSERT_TRUE(put(user_key(), {{"count", 0}}));

  race(8, [&](int) {
    for (int done = 0; done < 20;) {
      auto record = get(user_key());
      ASSERT_TRUE(record);
      auto document = record->document();
      document["count"] = document.at("count").as_int64() + 1;
      record->set_document(document);
      if (put(std::move(*record))) ++done;  // else somebody was faster
    }
  });

  EXPECT_EQ(must_get(user_key()).document().at("count"), 160);
}

}  // namespace cardea::store
