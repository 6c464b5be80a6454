#pragma once

#include <map>
#include <mutex>

#include "tests/store_contract/engine_contract.h"

namespace cardea::store {

using base::Errc;
using base::json::object;

using FeedContract = EngineContract;

TEST_P(FeedContract, a_change_moves_the_row_to_the_head_of_the_lanes_of_its_groups) {
  ASSERT_TRUE(put(user_key("U1"), {{"email", "a@b.c"}, {"name", "A"}}));
  ASSERT_TRUE(put(user_key("U2"), {{"email", "b@b.c"}}));
  ASSERT_TRUE(put({tenant_, Kind::session, "S1"}, {{"user", "U1"}}));
  ASSERT_EQ(feed(Lane::hot).size(), 2U);
  ASSERT_EQ(feed(Lane::bulk).size(), 2U) << "U1 and S1";
  const auto hot_before = feed(Lane::hot).back().lseq;
  const auto bulk_before = feed(Lane::bulk).back().lseq;

  ASSERT_TRUE(change(user_key("U1"), [](object& d) { d["name"] = "B"; }));

  EXPECT_TRUE(feed(Lane::hot, hot_before).empty()) << "a profile is not critical";
  const auto bulk = feed(Lane::bulk, bulk_before);
  ASSERT_EQ(bulk.size(), 1U);
  EXPECT_EQ(bulk[0].key, user_key("U1"));
  EXPECT_EQ(bulk[0].lane, Lane::bulk);
  EXPECT_EQ(feed(Lane::bulk).size(), 2U) << "the old entry has moved";
}

TEST_P(FeedContract, a_deletion_is_announced_by_the_lane_of_the_rows_life) {
  ASSERT_TRUE(put({tenant_, Kind::consent, "C1"}, {{"user", "U1"}}));
  ASSERT_TRUE(put({tenant_, Kind::session, "S1"}, {{"user", "U1"}}));
  const auto bulk = feed(Lane::bulk).back().lseq;

  ASSERT_TRUE(erase({tenant_, Kind::session, "S1"}));
  ASSERT_TRUE(erase({tenant_, Kind::consent, "C1"}));

  ASSERT_EQ(feed(Lane::hot).size(), 1U);
  EXPECT_EQ(feed(Lane::hot)[0].key.id, "S1");
  ASSERT_EQ(feed(Lane::bulk, bulk).size(), 1U);
  EXPECT_EQ(feed(Lane::bulk, bulk)[0].key.id, "C1");
}

TEST_P(FeedContract, entries_come_in_order_and_by_portions) {
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(put(user_key("U" + std::to_string(i)), {{"email", std::to_string(i)}}));

  const auto first = wait(database_->feed(Lane::hot, 0, 4));
  const auto second = wait(database_->feed(Lane::hot, first->back().lseq, 100));

  ASSERT_EQ(first->size(), 4U);
  ASSERT_EQ(second->size(), 6U);
  EXPECT_EQ(first->front().key.id, "U0");
  EXPECT_EQ(second->back().key.id, "U9");
  EXPECT_TRUE(std::ranges::is_sorted(*second, {}, &FeedEntry::lseq));
}

TEST_P(FeedContract, a_reader_beside_eight_writers_skips_nothing) {
  std::atomic<int> running = 8;
  std::map<Key, std::uint64_t> seen;
  const auto read_on = [&](std::uint64_t since) {
    for (const auto& entry : feed(Lane::bulk, since)) {
      EXPECT_GT(entry.lseq, since);
      since = entry.lseq;
      const auto record = get(entry.key);
      if (record) seen[entry.key] = static_cast<std::uint64_t>(record->document().at("n").as_int64());
    }
    return since;
  };

  std::thread reader([&] {
    std::uint64_t since = 0;
    while (running > 0) since = read_on(since);
    read_on(since);
  });
  race(8, [&](int w) {
    for (int n = 1; n <= 40; ++n) {
      const Key key = user_key("U" + std::to_string(w) + "-" + std::to_string(n % 5));
      if (get(key)) {
        EXPECT_TRUE(change(key, [&](object& d) { d["n"] = n; }));
      } else {
        EXPECT_TRUE(put(key, {{"n", n}}));
      }
    }
    --running;
  });
  reader.join();

  ASSERT_EQ(seen.size(), 40U);
  for (const auto& [key, n] : seen)
    EXPECT_EQ(n, static_cast<std::uint64_t>(must_get(key).document().at("n").as_int64())) << key.id;
}

TEST_P(FeedContract, cursors_are_kept_by_follower_and_lane) {
  EXPECT_EQ(wait(database_->cursor("cache", Lane::hot)), 0U);

  ASSERT_TRUE(wait(database_->set_cursor("cache", Lane::hot, 5)));
  ASSERT_TRUE(wait(database_->set_cursor("cache", Lane::hot, 9)));
  ASSERT_TRUE(wait(database_->set_cursor("cache", Lane::bulk, 2)));

  EXPECT_EQ(wait(database_->cursor("cache", Lane::hot)), 9U);
  EXPECT_EQ(wait(database_->cursor("cache", Lane::bulk)), 2U);
  EXPECT_EQ(wait(database_->cursor("other", Lane::hot)), 0U);
}

TEST_P(FeedContract, listeners_hear_of_a_commit_before_the_writer_does) {
  std::vector<CommitMark> heard;
  std::mutex mutex;
  database_->on_commit([&](const CommitMark& mark) {
    const std::scoped_lock lock(mutex);
    heard.push_back(mark);
  });

  ASSERT_TRUE(put(user_key(), {{"name", "A"}}));
  ASSERT_FALSE(put(user_key(), {{"name", "B"}}));
  ASSERT_TRUE(change(user_key(), [](object&) {}));

  const std::scoped_lock lock(mutex);
  ASSERT_EQ(heard.size(), 1U) << "not of a failure, not of a commit without a change";
  EXPECT_EQ(heard[0].written.at(0).key, user_key());
}

TEST_P(FeedContract, events_keep_their_order) {
  const auto append = [&](model::TenantId tenant, std::string type) {
    ASSERT_TRUE(write([&](Transaction& t) -> base::Result<void> {
      t.append_event({0, tenant, type, {}, {{"ip", "::1"}}});
      return {};
    }));
  };
  append(tenant_, "s");
  append(other_, "x");
  append(tenant_, "fp");
  append(tenant_, "slo");
  const auto types = [](const auto& events) {
    std::string out;
    for (const auto& event : *events) out += event.type + " ";
    return out;
  };

  const auto all = wait(database_->all_events_after(0, 10));
  ASSERT_EQ(all->size(), 4U);
  EXPECT_EQ(types(all), "s x fp slo ");
  EXPECT_TRUE(std::ranges::is_sorted(*all, {}, &model::Event::seq));
  EXPECT_EQ((*all)[0].at, clock_.now());
  EXPECT_EQ((*all)[0].body, (object{{"ip", "::1"}}));
  EXPECT_EQ(types(wait(database_->events_after(tenant_, 0, 2))), "s fp ");
  EXPECT_EQ(types(wait(database_->events_after(tenant_, (*all)[0].seq, 10))), "fp slo ");
  EXPECT_EQ(types(wait(database_->events_before(tenant_, 0, 2))), "slo fp ");
  EXPECT_EQ(types(wait(database_->events_before(tenant_, (*all)[2].seq, 10))), "s ");
  EXPECT_EQ(types(wait(database_->events_after(tenant_, ~0ULL, 10))), "");
}

TEST_P(FeedContract, old_events_are_forgotten_and_their_numbers_not_given_again) {
  const auto append = [&](int count) {
    ASSERT_TRUE(write([&](Transaction& t) -> base::Result<void> {
      for (int i = 0; i < count; ++i) t.append_event({0, tenant_, "s", {}, {}});
      return {};
    }));
  };
  append(5);
  const auto newest = wait(database_->all_events_after(0, 10))->back().seq;
  clock_.advance(std::chrono::hours{2});
  const auto limit = clock_.now() - std::chrono::hours{1};
  EXPECT_EQ(wait(database_->forget_events(limit - std::chrono::hours{2}, 10)), 0U);

  EXPECT_EQ(wait(database_->forget_events(limit, 3)), 3U);
  EXPECT_EQ(wait(database_->all_events_after(0, 10))->size(), 2U);
  append(1);
  EXPECT_EQ(wait(database_->forget_events(limit, 10)), 2U);
  EXPECT_EQ(wait(database_->forget_events(limit, 10)), 0U);

  const auto left = wait(database_->all_events_after(0, 10));
  ASSERT_EQ(left->size(), 1U);
  EXPECT_GT(left->front().seq, newest);
}

TEST_P(FeedContract, an_event_with_broken_text_is_kept_repaired) {
  ASSERT_TRUE(write([&](Transaction& t) -> base::Result<void> {
    t.append_event({0, tenant_, "s", {}, {{"user_agent", "a\xC3(b\xF0\x9F\xA6\x8A"}}});
    return {};
  }));

  EXPECT_EQ(wait(database_->events_after(tenant_, 0, 1))->at(0).body.at("user_agent"), "a\xEF\xBF\xBD(b🦊");
}

class JobContract : public EngineContract {
 protected:
  void enqueue(std::string queue, int number, base::Time run_at = {}) {
    ASSERT_TRUE(write([&](Transaction& t) -> base::Result<void> {
      t.enqueue({0, tenant_, queue, {{"n", number}}, run_at, 0});
      return {};
    }));
  }
  std::vector<model::Job> take(std::string queue, std::size_t limit = 10) {
    return *wait(database_->take_jobs(std::move(queue), std::chrono::seconds{30}, limit));
  }
};

TEST_P(JobContract, due_jobs_are_taken_in_order_and_once) {
  enqueue("mail", 1);
  enqueue("mail", 2, clock_.now() + std::chrono::seconds{10});
  enqueue("webhook", 3);
  enqueue("mail", 4, clock_.now() - std::chrono::seconds{10});

  const auto taken = take("mail");

  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken[0].body.at("n"), 4);
  EXPECT_EQ(taken[1].body.at("n"), 1);
  EXPECT_EQ(taken[0].attempts, 1);
  EXPECT_EQ(taken[0].tenant, tenant_);
  EXPECT_EQ(taken[0].queue, "mail");
  EXPECT_TRUE(take("mail").empty());
  EXPECT_EQ(take("webhook", 1).size(), 1U);
}

TEST_P(JobContract, a_job_that_is_not_finished_comes_back) {
  enqueue("mail", 1);
  const auto first = take("mail");
  ASSERT_EQ(first.size(), 1U);
  clock_.advance(std::chrono::seconds{29});
  EXPECT_TRUE(take("mail").empty());

  clock_.advance(std::chrono::seconds{1});
  const auto second = take("mail");

  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].id, first[0].id);
  EXPECT_EQ(second[0].attempts, 2);
  ASSERT_TRUE(wait(database_->postpone_job(second[0].id, clock_.now() + std::chrono::hours{1})));
  clock_.advance(std::chrono::minutes{59});
  EXPECT_TRUE(take("mail").empty());
  clock_.advance(std::chrono::minutes{1});
  ASSERT_EQ(take("mail").at(0).attempts, 3);
  ASSERT_TRUE(wait(database_->finish_job(first[0].id)));
  clock_.advance(std::chrono::hours{1});
  EXPECT_TRUE(take("mail").empty());
  EXPECT_EQ(wait(database_->postpone_job(first[0].id, clock_.now())).error().code, Errc::not_found);
}

TEST_P(JobContract, several_workers_never_hold_the_same_job) {
  for (int i = 0; i < 40; ++i) enqueue("mail", i);
  std::mutex mutex;
  std::map<std::uint64_t, int> holders;

  race(6, [&](int) {
    for (auto jobs = take("mail", 3); !jobs.empty(); jobs = take("mail", 3)) {
      const std::scoped_lock lock(mutex);
      for (const auto& job : jobs) ++holders[job.id];
    }
  });

  EXPECT_EQ(holders.size(), 40U);
  for (const auto& [id, times] : holders) EXPECT_EQ(times, 1) << id;
}

TEST_P(JobContract, the_store_is_healthy_and_knows_who_it_is) {
  EXPECT_TRUE(wait(database_->check()));
  EXPECT_EQ(database_->cell(), 7);
  EXPECT_EQ(database_->incarnation().size(), 26U);
}

}  // namespace cardea::store
