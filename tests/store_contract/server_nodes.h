#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <set>

#include "store/tenants.h"
#include "tests/store_contract/server_fixture.h"

namespace cardea::store {
// Two nodes of a cell on one database on a server; what all engines share is in contract_*.h. Include it in one source
// file of a program and instantiate ServerNodesTest.

class ServerNodesTest : public ServerTest {
 protected:
  Database& node(int number) { return number % 2 == 0 ? *a_ : *b_; }

  // Numbers of the events, as one who reads on sees them, until `writing` is false and nothing is left.
  std::vector<std::uint64_t> follow_events(Database& database, const std::atomic<bool>& writing) {
    std::vector<std::uint64_t> seen;
    for (bool last = false;;) {
      const auto events = wait(database.all_events_after(seen.empty() ? 0 : seen.back(), 50));
      EXPECT_TRUE(events);
      if (!events) return seen;
      for (const auto& event : *events) seen.push_back(event.seq);
      if (events->empty() && last) return seen;
      last = !writing;
    }
  }
  std::vector<FeedEntry> follow_feed(Database& database, const std::atomic<bool>& writing) {
    std::vector<FeedEntry> seen;
    for (bool last = false;;) {
      const auto entries = wait(database.feed(Lane::bulk, seen.empty() ? 0 : seen.back().lseq, 50));
      EXPECT_TRUE(entries);
      if (!entries) return seen;
      seen.insert(seen.end(), entries->begin(), entries->end());
      if (entries->empty() && last) return seen;
      last = !writing;
    }
  }

  std::unique_ptr<Database> a_ = open(), b_ = open_other();
};

TEST_P(ServerNodesTest, what_one_commits_the_other_reads) {
  ASSERT_TRUE(put(*a_, "U1", {{"n", 1}}));

  EXPECT_EQ(number(*b_, "U1"), 1);
  EXPECT_EQ(wait(b_->feed(Lane::bulk, 0, 9))->size(), 1U);
  EXPECT_EQ(a_->incarnation(), b_->incarnation());
}

TEST_P(ServerNodesTest, a_guest_changes_nothing_that_it_is_not_asked_to) {
  ASSERT_TRUE(wait(a_->write([&](Transaction& t) -> base::Result<void> {
    t.append_event({0, tenant_, "s", {}, {}});
    return t.put(make(key("U1"), {{"n", 1}}));
  })));

  const auto guest = try_open({.connections = 1, .role = ServerRole::guest}, 8);
  ASSERT_TRUE(guest) << guest.error().reason;
  EXPECT_EQ((*guest)->incarnation(), a_->incarnation());
  EXPECT_EQ(number(**guest, "U1"), 1);
  EXPECT_TRUE(wait((*guest)->feed(Lane::bulk, 0, 9))->empty()) << "numbered by those who look after it";
  EXPECT_TRUE(wait((*guest)->all_events_after(0, 9))->empty());
  ASSERT_TRUE(put(**guest, "U2", {{"n", 2}}));

  EXPECT_EQ(wait(b_->feed(Lane::bulk, 0, 9))->size(), 2U);
  EXPECT_EQ(wait((*guest)->feed(Lane::bulk, 0, 9))->size(), 2U);
}

TEST_P(ServerNodesTest, a_guest_makes_no_store) {
  const auto empty = server_.url("a_guest_makes_no_store_empty");

  for (const int attempt : {1, 2}) {
    const auto guest = open_server(empty, {clock_, random_, log_, keys_, 8}, {.role = ServerRole::guest});
    ASSERT_FALSE(guest) << "attempt " << attempt;
    EXPECT_EQ(guest.error().code, base::Errc::invalid);
    EXPECT_NE(guest.error().reason.find("no store of cardea"), std::string::npos) << guest.error().reason;
  }
}

TEST_P(ServerNodesTest, of_all_that_race_for_a_name_or_a_code_one_wins) {
  std::atomic<int> names = 0, taken = 0, codes = 0, used = 0;

  race(8, [&](int i) {
    const auto claimed = wait(node(i).write(
        [&](Transaction& t) { return t.claim(tenant_, "email", "a@b.c", "U" + std::to_string(i), false); }));
    claimed ? ++names : (taken += claimed.error().code == base::Errc::already_exists);
    const auto consumed = wait(
        node(i).write([&](Transaction& t) { return t.put(make({tenant_, Kind::consumption, "code"}, {{"by", i}})); }));
    consumed ? ++codes : (used += consumed.error().code == base::Errc::conflict);
  });

  EXPECT_EQ(names, 1);
  EXPECT_EQ(taken, 7);
  EXPECT_EQ(codes, 1);
  EXPECT_EQ(used, 7);
}

// A lock is a member's own on Galera: there each of the two may make one, and both are good.
TEST_P(ServerNodesTest, a_tenant_gets_its_first_key_once) {
  const std::size_t most = GetParam().name == "galera" ? 2 : 1;
  ASSERT_TRUE(wait(a_->write([&](Transaction& t) {
    return t.put(make({model::kSystemTenant, Kind::tenant, tenant_.value}, {{"id", tenant_.value}}));
  })));

  race(8, [&](int i) {
    SigningKeys keys(node(i));
    EXPECT_TRUE(wait(node(i).write([&](Transaction& t) -> base::Result<void> {
      const auto known = keys.all_in(t, tenant_);
      if (!known) return base::pass_on(known);
      if (!known->empty()) return {};
      model::SigningKeyRow key;
      key.kid = model::KeyId{"key-" + std::to_string(i)};
      key.alg = "ES256";
      return keys.put_in(t, tenant_, key);
    })));
  });

  const auto made = wait(SigningKeys(*a_).all(tenant_));
  ASSERT_TRUE(made);
  EXPECT_GE(made->size(), 1U);
  EXPECT_LE(made->size(), most);
}

TEST_P(ServerNodesTest, no_update_of_a_counter_is_lost) {
  race(8, [&](int i) {
    for (int round = 0; round < 25; ++round)
      EXPECT_TRUE(wait(node(i).write([&](Transaction& t) {
        const auto stored = t.get(key("counter"));
        return set_number(t, key("counter"), stored ? stored->document().at("n").as_int64() + 1 : 1);
      })));
  });

  EXPECT_EQ(number(*a_, "counter"), 200);
}

TEST_P(ServerNodesTest, the_feed_and_the_events_have_all_in_order_without_a_gap) {
  constexpr int kRows = 40;
  std::atomic<bool> writing = true;
  std::vector<FeedEntry> feed_at_a, feed_at_b;
  std::vector<std::uint64_t> events_at_a, events_at_b;
  std::vector<std::jthread> readers;
  readers.emplace_back([&] { feed_at_a = follow_feed(*a_, writing); });
  readers.emplace_back([&] { feed_at_b = follow_feed(*b_, writing); });
  readers.emplace_back([&] { events_at_a = follow_events(*a_, writing); });
  readers.emplace_back([&] { events_at_b = follow_events(*b_, writing); });

  race(8, [&](int writer) {
    for (int n = 0; n < kRows; ++n)
      EXPECT_TRUE(wait(node(writer).write([&](Transaction& t) -> base::Result<void> {
        t.append_event({0, tenant_, "s", {}, {{"writer", writer}, {"n", n}}});
        return t.put(make(key(std::to_string(writer) + "-" + std::to_string(n)), {{"n", n}}));
      })));
  });
  writing = false;
  readers.clear();

  std::vector<std::uint64_t> all(8 * kRows);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i + 1;
  EXPECT_EQ(events_at_a, all);
  EXPECT_EQ(events_at_b, all);
  for (const auto* feed : {&feed_at_a, &feed_at_b}) {
    std::vector<std::uint64_t> numbers;
    std::set<Key> rows;
    for (const auto& entry : *feed) {
      numbers.push_back(entry.lseq);
      rows.insert(entry.key);
    }
    EXPECT_EQ(numbers, all);
    EXPECT_EQ(rows.size(), all.size());
  }
}

// The trap of numbers that writers draw themselves: the later one commits first, and the earlier one is below what the
// reader has seen.
TEST_P(ServerNodesTest, what_commits_late_is_not_skipped) {
  std::latch written(1), seen(1);
  std::jthread late([&] {
    EXPECT_TRUE(wait(a_->write([&](Transaction& t) -> base::Result<void> {
      t.append_event({0, tenant_, "late", {}, {}});
      auto done = t.put(make(key("late"), {{"n", 1}}));
      written.count_down();
      seen.wait();
      return done;
    })));
  });
  written.wait();
  ASSERT_TRUE(wait(b_->write([&](Transaction& t) -> base::Result<void> {
    t.append_event({0, tenant_, "early", {}, {}});
    return t.put(make(key("early"), {{"n", 1}}));
  })));
  const auto rows_before = wait(b_->feed(Lane::bulk, 0, 9));
  const auto events_before = wait(b_->all_events_after(0, 9));
  seen.count_down();
  late.join();

  const auto rows = wait(b_->feed(Lane::bulk, rows_before->back().lseq, 9));
  const auto events = wait(b_->all_events_after(events_before->back().seq, 9));

  ASSERT_EQ(rows_before->size(), 1U);
  EXPECT_EQ(rows_before->at(0).key, key("early"));
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_EQ(rows->at(0).key, key("late"));
  ASSERT_EQ(events->size(), 1U);
  EXPECT_EQ(events->at(0).type, "late");
}

TEST_P(ServerNodesTest, a_row_that_changes_all_the_time_is_seen_in_its_last_state) {
  std::atomic<bool> writing = true;
  std::map<Key, std::int64_t> copy;
  std::jthread reader([&] {
    std::uint64_t since = 0;
    for (bool last = false;;) {
      const auto entries = wait(b_->feed(Lane::bulk, since, 10));
      for (const auto& entry : *entries) {
        EXPECT_GT(entry.lseq, since);
        since = entry.lseq;
        copy[entry.key] = number(*b_, entry.key.id);
      }
      if (entries->empty() && last) return;
      last = !writing;
    }
  });

  race(8, [&](int writer) {
    for (int n = 1; n <= 40; ++n)
      EXPECT_TRUE(wait(node(writer).write(
          [&](Transaction& t) { return set_number(t, key(std::to_string((writer + n) % 5)), writer * 100 + n); })));
  });
  writing = false;
  reader.join();

  ASSERT_EQ(copy.size(), 5U);
  for (const auto& [row, n] : copy) EXPECT_EQ(n, number(*a_, row.id)) << row.id;
}

TEST_P(ServerNodesTest, units_that_lock_in_opposite_order_both_succeed) {
  ASSERT_TRUE(put(*a_, "U1", {{"n", 0}}));
  ASSERT_TRUE(put(*a_, "U2", {{"n", 0}}));
  std::latch both_hold_one(2);
  std::atomic<int> runs = 0;
  const auto add = [&](Transaction& t, const std::string& id) {
    return set_number(t, key(id), t.get(key(id))->document().at("n").as_int64() + 1);
  };

  race(2, [&](int i) {
    bool first = true;
    EXPECT_TRUE(wait(node(i).write([&](Transaction& t) -> base::Result<void> {
      ++runs;
      if (auto done = add(t, i == 0 ? "U1" : "U2"); !done) return done;
      if (std::exchange(first, false)) both_hold_one.arrive_and_wait();
      return add(t, i == 0 ? "U2" : "U1");
    })));
  });

  EXPECT_EQ(number(*a_, "U1"), 2);
  EXPECT_EQ(number(*a_, "U2"), 2);
  EXPECT_EQ(runs, 3) << "one was the victim and ran again";
}

TEST_P(ServerNodesTest, a_lock_is_not_waited_for_without_end) {
  const auto hasty = open({.limits = {.lock = std::chrono::milliseconds{100}}});
  ASSERT_TRUE(put(*a_, "U1", {{"n", 0}}));
  std::latch held(1), tried(1);
  std::jthread holder([&] {
    EXPECT_TRUE(wait(a_->write([&](Transaction& t) {
      auto done = set_number(t, key("U1"), 1);
      held.count_down();
      tried.wait();
      return done;
    })));
  });
  held.wait();

  const auto refused = wait(hasty->write([&](Transaction& t) { return set_number(t, key("U1"), 2); }));
  tried.count_down();
  holder.join();

  EXPECT_EQ(refused.error().code, base::Errc::unavailable);
  EXPECT_EQ(number(*b_, "U1"), 1);
}

TEST_P(ServerNodesTest, what_a_unit_has_found_does_not_change_under_it) {
  const auto session = [&](int i) { return Key{tenant_, Kind::session, "S" + std::to_string(i)}; };
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(wait(a_->write([&](Transaction& t) { return t.put(make(session(i), {{"user", "U1"}})); })));
  std::atomic<bool> touching = true;
  std::jthread toucher([&] {
    for (int n = 0; touching; ++n)
      (void)wait(a_->write([&](Transaction& t) -> base::Result<void> {
        auto stored = t.get(session(n % 5));
        if (!stored) return base::pass_on(stored);
        auto document = stored->document();
        document["last_seen_at"] = n;
        stored->set_document(document);
        return t.put(std::move(*stored));
      }));
  });

  // Without locks that reach from one member to the other, who is slow may lose ten times against who is quick.
  const bool locks = GetParam().name != "galera";
  const int rounds = locks ? 50 : 5;
  int succeeded = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto outcome = wait(b_->write([&](Transaction& t) -> base::Result<void> {
      auto found = t.find(tenant_, Kind::session, "user", "U1", 9);
      if (!found) return base::pass_on(found);
      for (auto& record : *found) {
        auto document = record.document();
        document["clients"] = base::json::object{{std::to_string(round), true}};
        record.set_document(document);
        if (auto done = t.put(std::move(record)); !done) return done;
      }
      return {};
    }));
    succeeded += outcome ? 1 : 0;
    if (!outcome) EXPECT_EQ(outcome.error().code, base::Errc::unavailable) << outcome.error().reason;
  }
  touching = false;

  if (locks) EXPECT_EQ(succeeded, rounds);
}

TEST_P(ServerNodesTest, jobs_and_the_sweeper_share_the_work) {
  for (int i = 0; i < 40; ++i)
    ASSERT_TRUE(wait(a_->write([&](Transaction& t) -> base::Result<void> {
      t.enqueue({0, tenant_, "mail", {{"n", i}}, {}, 0});
      auto record = make({tenant_, Kind::consumption, "C" + std::to_string(i)}, {});
      record.expires_at = clock_.now() + std::chrono::minutes{1};
      return t.put(std::move(record));
    })));
  clock_.advance(std::chrono::hours{2});
  std::atomic<std::size_t> jobs = 0, swept = 0;

  race(4, [&](int i) {
    for (auto taken = wait(node(i).take_jobs("mail", std::chrono::hours{9}, 3)); taken && !taken->empty();
         taken = wait(node(i).take_jobs("mail", std::chrono::hours{9}, 3)))
      jobs += taken->size();
    for (auto gone = wait(node(i).sweep_expired(7)); gone && *gone > 0; gone = wait(node(i).sweep_expired(7)))
      swept += *gone;
  });

  EXPECT_EQ(jobs, 40U);
  EXPECT_EQ(swept, 40U);
  EXPECT_TRUE(wait(a_->feed(Lane::bulk, 0, 99))->empty());
}

}  // namespace cardea::store
