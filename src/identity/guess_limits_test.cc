#include "identity/guess_limits.h"

#include <gtest/gtest.h>

#include "base/fake_clock.h"

namespace cardea::identity {
namespace {

const model::TenantId kTenant{"t1"};

struct GuessLimitsTest : testing::Test {
  static GuessLimits::Attempt of(std::string_view identifier, std::string_view ip) {
    return GuessLimits::attempt(kTenant, identifier, ip);
  }
  void fail(std::string_view identifier, std::string_view ip, int times) {
    for (int i = 0; i < times; ++i) limits.failed(of(identifier, ip));
  }

  base::FakeClock clock;
  GuessLimits limits{clock, {}};
};

TEST_F(GuessLimitsTest, TheTenthFailureBlocksThePairAndNoOther) {
  fail("ada", "203.0.113.1", 9);
  EXPECT_FALSE(limits.blocked(of("ada", "203.0.113.1")));

  EXPECT_TRUE(limits.failed(of("ada", "203.0.113.1")));

  EXPECT_TRUE(limits.blocked(of("ada", "203.0.113.1")));
  EXPECT_FALSE(limits.blocked(of("ada", "203.0.113.2")));
  EXPECT_FALSE(limits.blocked(of("bob", "203.0.113.1")));
  EXPECT_FALSE(limits.blocked(GuessLimits::attempt(model::TenantId{"t2"}, "ada", "203.0.113.1")));
}

TEST_F(GuessLimitsTest, ABlockEndsAfterThirtyDays) {
  fail("ada", "203.0.113.1", 10);
  clock.advance(std::chrono::hours(24 * 30) - std::chrono::seconds(1));
  EXPECT_TRUE(limits.blocked(of("ada", "203.0.113.1")));

  clock.advance(std::chrono::seconds(1));

  EXPECT_FALSE(limits.blocked(of("ada", "203.0.113.1")));
}

TEST_F(GuessLimitsTest, ASuccessForgivesEarlierFailures) {
  fail("ada", "203.0.113.1", 9);
  limits.succeeded(of("ada", "203.0.113.1"));

  fail("ada", "203.0.113.1", 9);

  EXPECT_FALSE(limits.blocked(of("ada", "203.0.113.1")));
}

TEST_F(GuessLimitsTest, AWholeIpv6SubnetIsOneAddress) {
  for (int i = 0; i < 10; ++i) limits.failed(of("ada", "2001:db8:1:2::" + std::to_string(i + 1)));

  EXPECT_TRUE(limits.blocked(of("ada", "2001:db8:1:2:ffff::1")));
  EXPECT_FALSE(limits.blocked(of("ada", "2001:db8:1:3::1")));
}

TEST_F(GuessLimitsTest, ManyAddressesTogetherAreSlowedDownButTheOwnersIsSpared) {
  limits.succeeded(of("ada", "198.51.100.1"));
  for (int i = 0; i < 100; ++i) limits.failed(of("ada", "203.0.113." + std::to_string(i)));

  EXPECT_TRUE(limits.blocked(of("ada", "203.0.113.200")));
  EXPECT_FALSE(limits.blocked(of("ada", "198.51.100.1")));

  clock.advance(std::chrono::seconds(864));
  EXPECT_FALSE(limits.blocked(of("ada", "203.0.113.200")));
}

TEST_F(GuessLimitsTest, OneAddressThatTriesManyAccountsIsSlowedDownButNotForThoseWhoAreAtHomeThere) {
  limits.succeeded(of("owner", "203.0.113.1"));
  for (int i = 0; i < 100; ++i) limits.failed(of("user" + std::to_string(i), "203.0.113.1"));

  EXPECT_EQ(limits.block_of(of("fresh", "203.0.113.1")), GuessLimits::Block::source);
  EXPECT_EQ(limits.block_of(of("owner", "203.0.113.1")), GuessLimits::Block::none);
  EXPECT_EQ(limits.block_of(of("fresh", "203.0.113.2")), GuessLimits::Block::none);
  const auto elsewhere = GuessLimits::attempt(model::TenantId{"t2"}, "fresh", "203.0.113.1");
  EXPECT_EQ(limits.block_of(elsewhere), GuessLimits::Block::none);

  clock.advance(std::chrono::seconds(864));
  EXPECT_EQ(limits.block_of(of("fresh", "203.0.113.1")), GuessLimits::Block::none);
}

TEST_F(GuessLimitsTest, UnblockingForgetsAllOfTheAccount) {
  fail("ada", "203.0.113.1", 10);
  for (int i = 0; i < 100; ++i) limits.failed(of("ada", "198.51.100." + std::to_string(i)));

  limits.unblock(kTenant, "ada");

  EXPECT_FALSE(limits.blocked(of("ada", "203.0.113.1")));
  EXPECT_FALSE(limits.blocked(of("ada", "192.0.2.1")));
}

TEST_F(GuessLimitsTest, ARefusalIsReportedOnceAMinute) {
  fail("ada", "203.0.113.1", 10);
  EXPECT_FALSE(limits.worth_reporting(of("ada", "203.0.113.1")));

  clock.advance(std::chrono::minutes(1));

  EXPECT_TRUE(limits.worth_reporting(of("ada", "203.0.113.1")));
  EXPECT_FALSE(limits.worth_reporting(of("ada", "203.0.113.1")));
}

TEST(GuessLimits, ForgetsTheLeastRecentlyTriedWhenFull) {
  base::FakeClock clock;
  GuessLimits limits(clock, {.failures = 1, .max_tracked = 3});
  const auto of = [](std::string_view name) { return GuessLimits::attempt(kTenant, name, "203.0.113.1"); };
  for (const auto* name : {"a", "b", "c"}) limits.failed(of(name));
  EXPECT_TRUE(limits.blocked(of("a")));  // now the most recent

  limits.failed(of("d"));

  EXPECT_TRUE(limits.blocked(of("a")));
  EXPECT_FALSE(limits.blocked(of("b")));
  EXPECT_TRUE(limits.blocked(of("d")));
}

TEST(RateBuckets, GiveSomeAtOnceAndThenOneByOne) {
  base::FakeClock clock;
  RateBuckets buckets(clock, 2, std::chrono::seconds(10), 100);
  EXPECT_TRUE(buckets.take("x"));
  EXPECT_TRUE(buckets.take("x"));
  EXPECT_FALSE(buckets.take("x"));
  EXPECT_FALSE(buckets.available("x"));
  EXPECT_TRUE(buckets.take("y"));

  clock.advance(std::chrono::seconds(10));

  EXPECT_TRUE(buckets.take("x"));
  EXPECT_FALSE(buckets.take("x"));
  clock.advance(std::chrono::hours(1));
  EXPECT_TRUE(buckets.take("x"));
  EXPECT_TRUE(buckets.take("x"));
  EXPECT_FALSE(buckets.take("x"));
}

TEST(RateBuckets, AForgottenNameIsFullAgain) {
  base::FakeClock clock;
  RateBuckets buckets(clock, 1, std::chrono::hours(1), 2);
  EXPECT_TRUE(buckets.take("x"));
  buckets.forget("x");
  EXPECT_TRUE(buckets.take("x"));

  EXPECT_TRUE(buckets.take("y"));
  EXPECT_TRUE(buckets.take("z"));  // x makes room

  EXPECT_TRUE(buckets.take("x"));
  EXPECT_FALSE(buckets.take("z"));
}

}  // namespace
}  // namespace cardea::identity
