#include "crypto/hash_pool.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <thread>
#include <vector>

#include "base/fake_clock.h"
#include "crypto/system_random.h"

namespace cardea::crypto {
namespace {

namespace asio = boost::asio;
using base::Errc;

constexpr PasswordHashing kQuick{.scheme = PasswordHashing::bcrypt, .bcrypt_cost = 4};

class HashPoolTest : public testing::Test {
 protected:
  // Starts the awaitable on io_; what it gives stands in the slot after io_ has run.
  template <class T>
  std::shared_ptr<std::optional<base::Result<T>>> start(base::awaitable<base::Result<T>> work) {
    auto slot = std::make_shared<std::optional<base::Result<T>>>();
    asio::co_spawn(io_, std::move(work), [slot, this](const std::exception_ptr&, base::Result<T> result) {
      slot->emplace(std::move(result));
      resumed_on_ = std::this_thread::get_id();
    });
    io_.restart();
    io_.poll();
    return slot;
  }

  asio::io_context io_;
  base::FakeClock clock_;
  SystemRandom random_;
  std::thread::id resumed_on_;
};

TEST_F(HashPoolTest, hashes_and_verifies_and_resumes_on_the_callers_thread) {
  HashPool pool(2, 10, kQuick, random_, clock_);

  const auto stored = start(pool.hash("password"));
  io_.run();
  io_.restart();
  ASSERT_TRUE(*stored && (*stored)->has_value());
  const auto right = start(pool.verify(***stored, "password"));
  const auto wrong = start(pool.verify(***stored, "passwort"));
  const auto absent = start(pool.verify_absent("password"));
  const auto refused = start(pool.hash(std::string(73, 'p')));
  io_.run();

  EXPECT_TRUE(right->value().value());
  EXPECT_FALSE(wrong->value().value());
  EXPECT_FALSE(absent->value().value());
  EXPECT_EQ(refused->value().error().code, Errc::invalid);
  pool.stop();
  EXPECT_EQ(pool.completed(), 5U);
  EXPECT_EQ(resumed_on_, std::this_thread::get_id());
}

TEST_F(HashPoolTest, a_full_queue_refuses_at_once) {
  HashPool pool(0, 2, kQuick, random_, clock_);
  const auto first = start(pool.hash("first"));
  const auto second = start(pool.hash("second"));

  const auto third = start(pool.hash("third"));

  EXPECT_EQ(third->value().error().code, Errc::unavailable);
  EXPECT_FALSE(*first);
  EXPECT_FALSE(*second);
  EXPECT_EQ(pool.queued(), 2U);
  EXPECT_EQ(pool.refused(), 1U);

  ASSERT_TRUE(pool.run_one());
  io_.poll();
  EXPECT_TRUE(first->value().has_value()) << "the oldest goes first";
  EXPECT_FALSE(*second);
  const auto fourth = start(pool.hash("fourth"));
  EXPECT_FALSE(*fourth) << "there is room again";
  while (pool.run_one()) continue;
  io_.poll();
  EXPECT_TRUE(second->value().has_value());
  EXPECT_TRUE(fourth->value().has_value());
}

TEST_F(HashPoolTest, nothing_is_admitted_when_nothing_may_wait) {
  HashPool pool(0, 0, kQuick, random_, clock_);

  EXPECT_EQ(start(pool.hash("password"))->value().error().code, Errc::unavailable);
}

TEST_F(HashPoolTest, expected_wait_grows_with_the_queue_and_follows_the_measured_time) {
  // A clock that moves 100 ms with each look at it: every job seems to take that long.
  class Ticking final : public base::Clock {
   public:
    base::Time now() const override { return {}; }
    std::chrono::nanoseconds steady() const override { return std::chrono::milliseconds(100) * ++looks_; }

   private:
    mutable int looks_ = 0;
  } ticking;
  HashPool pool(0, 100, kQuick, random_, ticking);
  EXPECT_EQ(pool.expected_wait(), base::Duration(0));
  for (int i = 0; i < 60; ++i) {
    start(pool.verify_absent("password"));
    pool.run_one();
  }

  std::vector<base::Duration> waits;
  for (int i = 0; i < 3; ++i) {
    start(pool.verify_absent("password"));
    waits.push_back(pool.expected_wait());
  }

  EXPECT_NEAR(static_cast<double>(waits[0].count()), 100, 5);
  EXPECT_NEAR(static_cast<double>(waits[1].count()), 200, 10);
  EXPECT_NEAR(static_cast<double>(waits[2].count()), 300, 15);
}

TEST_F(HashPoolTest, before_anything_was_measured_the_wait_is_guessed_from_the_policy) {
  HashPool pool(0, 100, {.bcrypt_cost = 12}, random_, clock_);

  start(pool.verify_absent("password"));

  EXPECT_EQ(pool.expected_wait(), base::Duration(180));
}

TEST_F(HashPoolTest, stop_answers_those_who_wait_and_refuses_newcomers) {
  HashPool pool(0, 10, kQuick, random_, clock_);
  const auto waiting = start(pool.hash("waiting"));

  pool.stop();
  io_.poll();
  const auto late = start(pool.hash("late"));

  EXPECT_EQ(waiting->value().error().code, Errc::unavailable);
  EXPECT_EQ(late->value().error().code, Errc::unavailable);
  EXPECT_FALSE(pool.run_one());
  pool.stop();
}

TEST_F(HashPoolTest, stop_waits_for_what_is_being_computed) {
  auto pool = std::make_unique<HashPool>(2, 100, kQuick, random_, clock_);
  std::vector<std::shared_ptr<std::optional<base::Result<std::string>>>> all;
  all.reserve(20);
  for (int i = 0; i < 20; ++i) all.push_back(start(pool->hash("password")));

  pool.reset();
  io_.run();

  for (const auto& one : all) {
    ASSERT_TRUE(*one);
    EXPECT_TRUE((*one)->has_value() || (*one)->error().code == Errc::unavailable);
  }
}

TEST_F(HashPoolTest, many_jobs_from_many_threads_all_come_back) {
  HashPool pool(2, 1000, kQuick, random_, clock_);
  std::atomic<int> right{0};
  const auto stored = hash_password(kQuick, "password", random_).value();
  std::vector<std::thread> threads;
  threads.reserve(3);
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      asio::io_context io;
      for (int i = 0; i < 20; ++i)
        asio::co_spawn(io, pool.verify(stored, "password"), [&](const std::exception_ptr&, base::Result<bool> result) {
          right += result && *result ? 1 : 0;
        });
      io.run();
    });
  for (auto& thread : threads) thread.join();

  EXPECT_EQ(right, 60);
  EXPECT_EQ(pool.queued(), 0U);
}

TEST_F(HashPoolTest, its_threads_give_way_and_others_do_not) {
  const int mine = getpriority(PRIO_PROCESS, 0);
  // SystemRandom and verify run on the worker; a Random that looks at the priority of its thread shows which.
  class Watching final : public base::Random {
   public:
    void fill(std::span<std::uint8_t> out) override {
      priority = getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()));
      std::fill(out.begin(), out.end(), 1);
    }
    std::atomic<int> priority{-100};
  } watching;
  HashPool pool(1, 10, kQuick, watching, clock_);

  start(pool.hash("password"));
  io_.run();

  EXPECT_EQ(watching.priority, std::max(mine, 10));
  EXPECT_EQ(getpriority(PRIO_PROCESS, 0), mine);
}

}  // namespace
}  // namespace cardea::crypto
