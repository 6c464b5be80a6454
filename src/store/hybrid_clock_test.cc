#include "store/hybrid_clock.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "base/fake_clock.h"

namespace cardea::store {
namespace {

TEST(HybridClockTest, it_follows_the_wall_and_never_stands_still) {
  base::FakeClock wall;
  HybridClock clock(wall, 3);

  const auto first = clock.now();
  const auto second = clock.now();
  wall.advance(std::chrono::milliseconds{1});
  const auto third = clock.now();

  EXPECT_EQ(first.cell, 3);
  EXPECT_EQ(first.hlc, hlc_of(wall.now() - std::chrono::milliseconds{1}));
  EXPECT_EQ(second.hlc, first.hlc + 1);
  EXPECT_EQ(third.hlc, hlc_of(wall.now()));
}

TEST(HybridClockTest, it_does_not_go_back_with_the_wall) {
  base::FakeClock wall;
  HybridClock clock(wall, 3);
  const auto before = clock.now();

  wall.advance(std::chrono::hours{-1});

  EXPECT_EQ(clock.now().hlc, before.hlc + 1);
}

TEST(HybridClockTest, it_runs_ahead_of_what_it_has_seen_and_of_its_floor) {
  base::FakeClock wall;
  const auto ahead = hlc_of(wall.now() + std::chrono::seconds{10});
  HybridClock clock(wall, 3, ahead);

  EXPECT_EQ(clock.now().hlc, ahead + 1);
  clock.observe({ahead + 100, 9});
  clock.observe({ahead + 50, 9});

  EXPECT_EQ(clock.now().hlc, ahead + 101);
  EXPECT_EQ(time_of(ahead), wall.now() + std::chrono::seconds{10});
}

TEST(HybridClockTest, a_full_counter_moves_on_to_the_next_millisecond) {
  base::FakeClock wall;
  HybridClock clock(wall, 3, hlc_of(wall.now()) + 65534);

  EXPECT_EQ(clock.now().hlc & 0xffff, 65535U);
  EXPECT_EQ(time_of(clock.now().hlc), wall.now() + std::chrono::milliseconds{1});
}

TEST(HybridClockTest, threads_never_get_the_same_stamp) {
  base::FakeClock wall;
  HybridClock clock(wall, 3);
  std::vector<std::vector<Stamp>> taken(4);
  std::vector<std::thread> threads;
  for (auto& mine : taken)
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) mine.push_back(clock.now());
    });
  for (auto& thread : threads) thread.join();

  std::vector<Stamp> all;
  for (const auto& mine : taken) all.insert(all.end(), mine.begin(), mine.end());
  std::ranges::sort(all);

  EXPECT_EQ(std::ranges::adjacent_find(all), all.end());
}

}  // namespace
}  // namespace cardea::store
