#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <map>

#include "store/follower.h"
#include "tests/store_contract/engine_contract.h"

namespace cardea::store {

using base::json::object;

// An alarm that no time rings.
class StillAlarm final : public Alarm {
 public:
  base::awaitable<void> wait(base::Duration) override { co_return; }
  void ring() override { ++rings; }
  void close() override { ++closed; }

  std::atomic<int> rings = 0;
  std::atomic<int> closed = 0;
};

class FollowerContract : public EngineContract {
 protected:
  using From = Follower::From;

  // A follower that keeps a copy of the documents by key.
  std::unique_ptr<Follower> follow(From from, std::map<Key, object>& copy) {
    return std::make_unique<Follower>("copy", from, *database_, alarm_, log_,
                                      [this, &copy](std::vector<FeedEntry> entries) { return keep(copy, entries); });
  }

  base::awaitable<base::Result<void>> keep(std::map<Key, object>& copy, std::vector<FeedEntry> entries) {
    for (const auto& entry : entries) {
      auto record = co_await database_->get(entry.key);
      if (record) {
        copy[entry.key] = record->document();
      } else if (record.error().code == base::Errc::not_found) {
        copy.erase(entry.key);
      } else {
        co_return base::pass_on(record);
      }
    }
    co_return base::Result<void>{};
  }

  // What the tables hold.
  std::map<Key, object> everything() {
    std::map<Key, object> out;
    for (const auto& schema : all_kinds()) {
      std::string after;
      do {
        auto page = wait(database_->page(tenant_, schema.kind, after, 100));
        for (const auto& row : page->rows) out[row.key] = row.document();
        after = page->next;
      } while (!after.empty());
    }
    return out;
  }

  // One step of a busy day of writer `w`.
  void write_something(int w, int n) {
    const Key user = user_key("U" + std::to_string(w) + "-" + std::to_string(n % 7));
    const Key session{tenant_, Kind::session, "S" + std::to_string(w) + "-" + std::to_string(n)};
    const auto done = write([&](Transaction& t) -> base::Result<void> {
      auto record = t.get(user);
      Record next = record ? std::move(*record) : make(user, {});
      next.set_document({{"n", n}, {"email", std::to_string(n / 3)}});
      if (auto put = t.put(std::move(next)); !put) return put;
      if (auto put = t.put(make(session, {{"user", user.id}})); !put) return put;
      const Key old{tenant_, Kind::session, "S" + std::to_string(w) + "-" + std::to_string(n - 5)};
      if (n > 5) return t.erase(old);
      return {};
    });
    EXPECT_TRUE(done) << done.error().reason;
  }

  std::shared_ptr<StillAlarm> alarm_ = std::make_shared<StillAlarm>();
};

TEST_P(FollowerContract, rebuilt_from_the_start_it_equals_the_tables_while_eight_writers_go_on) {
  for (int n = 1; n <= 10; ++n) write_something(99, n);
  std::map<Key, object> copy;
  const auto follower = follow(From::start, copy);
  std::atomic<int> running = 8;

  std::thread reader([&] {
    while (running > 0) ASSERT_TRUE(wait(follower->catch_up()));
    ASSERT_TRUE(wait(follower->catch_up()));
  });
  race(8, [&](int w) {
    for (int n = 1; n <= 40; ++n) write_something(w, n);
    --running;
  });
  reader.join();

  EXPECT_EQ(copy.size(), 8 * (7 + 5) + 7 + 5U);
  EXPECT_EQ(copy, everything());
  std::map<Key, object> second;
  ASSERT_TRUE(wait(follow(From::start, second)->catch_up()));
  EXPECT_EQ(second, everything()) << "a late one sees the same";
}

TEST_P(FollowerContract, one_with_a_stored_cursor_goes_on_where_it_stopped) {
  std::map<Key, object> copy;
  write_something(1, 1);
  EXPECT_EQ(wait(follow(From::stored_cursor, copy)->catch_up()), 3U) << "the user in both lanes, the session";
  write_something(1, 2);

  copy.clear();
  const auto again = follow(From::stored_cursor, copy);

  EXPECT_EQ(wait(again->catch_up()), 3U) << "another user and another session";
  EXPECT_EQ(wait(again->catch_up()), 0U);
  EXPECT_EQ(copy.size(), 2U);
}

TEST_P(FollowerContract, one_that_starts_now_sees_only_what_comes) {
  write_something(1, 1);
  std::map<Key, object> copy;
  const auto follower = follow(From::now, copy);

  EXPECT_EQ(wait(follower->catch_up()), 0U);
  write_something(1, 2);

  EXPECT_EQ(wait(follower->catch_up()), 3U);
}

TEST_P(FollowerContract, what_its_handler_refuses_comes_again) {
  write_something(1, 1);
  int calls = 0;
  Follower follower("picky", From::stored_cursor, *database_, alarm_, log_,
                    [&](std::vector<FeedEntry>) -> base::awaitable<base::Result<void>> {
                      if (++calls == 1) co_return base::fail(base::Errc::unavailable, "not now");
                      co_return base::Result<void>{};
                    });

  EXPECT_EQ(wait(follower.catch_up()).error().reason, "not now");
  EXPECT_EQ(wait(follower.catch_up()), 3U);
}

TEST_P(FollowerContract, a_commit_wakes_it_and_stop_ends_it) {
  boost::asio::io_context context(1);
  std::vector<std::string> seen;
  bool ended = false;
  // An hour: only the commit can wake it in time.
  class LongAlarm final : public Alarm {
   public:
    explicit LongAlarm(std::shared_ptr<Alarm> inner) : inner_(std::move(inner)) {}
    base::awaitable<void> wait(base::Duration) override { return inner_->wait(std::chrono::hours{1}); }
    void ring() override { inner_->ring(); }
    void close() override { inner_->close(); }

   private:
    std::shared_ptr<Alarm> inner_;
  };
  Follower follower("awake", From::now, *database_, std::make_shared<LongAlarm>(make_alarm(context.get_executor())),
                    log_, [&](std::vector<FeedEntry> entries) -> base::awaitable<base::Result<void>> {
                      for (const auto& entry : entries) seen.push_back(entry.key.id);
                      if (seen.size() >= 3) follower.stop();
                      co_return base::Result<void>{};
                    });
  boost::asio::co_spawn(context.get_executor(), follower.run(), [&](std::exception_ptr) { ended = true; });
  context.run_for(std::chrono::milliseconds{20});  // it finds its position and waits
  context.restart();

  std::thread writer([&] { write_something(1, 1); });
  context.run_for(std::chrono::seconds{20});
  writer.join();

  EXPECT_TRUE(ended);
  EXPECT_EQ(seen.size(), 3U);
}

}  // namespace cardea::store
