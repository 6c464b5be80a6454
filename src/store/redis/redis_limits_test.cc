#include "store/redis/redis_limits.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/store_contract/redis_server.h"
#include "tests/store_contract/wait.h"

namespace cardea::store {
namespace {

using std::chrono::milliseconds;
using Block = SharedLimits::Block;

// Two nodes on one Redis.
class RedisLimitsTest : public testing::Test {
 protected:
  static SharedLimits::Guess of(const std::string& account, const std::string& source) {
    return {account, source, "tenant " + source};
  }
  Block block_of(const std::string& account, const std::string& source) {
    auto block = wait(second_.block_of(of(account, source), rules_));
    EXPECT_TRUE(block);
    return block.value_or(Block::none);
  }
  bool fail(const std::string& account, const std::string& source) {
    auto begins = wait(first_.failed(of(account, source), rules_));
    EXPECT_TRUE(begins);
    return begins.value_or(false);
  }

  RedisServer server_;
  base::SystemClock clock_;
  base::NullLog log_;
  SharedLimits::GuessRules rules_{3,
                                  std::chrono::hours(24),
                                  {.size = 8, .refill = std::chrono::hours(1)},
                                  {.size = 12, .refill = milliseconds(400)}};
  RedisClient one_{*RedisUrl::parse("redis://" + server_.address()), {}, clock_, log_};
  RedisClient other_{*RedisUrl::parse("redis://" + server_.address()), {}, clock_, log_};
  RedisSharedLimits first_{one_}, second_{other_};
};

TEST_F(RedisLimitsTest, ABucketIsEmptiedByAllNodesTogetherAndRefills) {
  const SharedLimits::Bucket bucket{.size = 20, .refill = milliseconds(500)};
  std::atomic<int> taken = 0;
  std::vector<std::thread> callers;
  for (auto* node : {&first_, &second_, &first_, &second_})
    callers.emplace_back([&, node] {
      for (int i = 0; i < 15; ++i) taken += wait(node->take("mail ada", bucket)).value_or(false) ? 1 : 0;
    });
  for (auto& caller : callers) caller.join();

  EXPECT_GE(taken, 20);
  EXPECT_LE(taken, 22) << "those that were refilled meanwhile";
  EXPECT_TRUE(wait(first_.take("mail bob", bucket)).value_or(false));
  ::usleep(600'000);
  EXPECT_TRUE(wait(second_.take("mail ada", bucket)).value_or(false));
}

TEST_F(RedisLimitsTest, FailuresOfAPairBlockItAtEveryNode) {
  EXPECT_FALSE(fail("ada", "1.1.1.1"));
  EXPECT_FALSE(fail("ada", "1.1.1.1"));
  EXPECT_EQ(block_of("ada", "1.1.1.1"), Block::none);

  EXPECT_TRUE(fail("ada", "1.1.1.1"));

  EXPECT_EQ(block_of("ada", "1.1.1.1"), Block::pair);
  EXPECT_EQ(block_of("ada", "2.2.2.2"), Block::none);
  EXPECT_EQ(block_of("bob", "1.1.1.1"), Block::none);
  EXPECT_FALSE(fail("ada", "1.1.1.1")) << "it has begun already";
}

TEST_F(RedisLimitsTest, SuccessForgivesAndIsTrusted) {
  fail("ada", "1.1.1.1");
  fail("ada", "1.1.1.1");
  ASSERT_TRUE(wait(second_.succeeded(of("ada", "1.1.1.1"), rules_)));

  EXPECT_FALSE(fail("ada", "1.1.1.1"));
  for (int i = 0; i < 8; ++i) fail("ada", "9.9.9." + std::to_string(i));
  EXPECT_EQ(block_of("ada", "3.3.3.3"), Block::account) << "too many from anywhere";
  EXPECT_EQ(block_of("ada", "1.1.1.1"), Block::none) << "but its owner gets in";
}

TEST_F(RedisLimitsTest, AnAddressThatTriesManyAccountsIsBlocked) {
  for (int i = 0; i < 13; ++i) fail("user " + std::to_string(i), "1.1.1.1");

  EXPECT_EQ(block_of("somebody else", "1.1.1.1"), Block::source);
  EXPECT_EQ(block_of("somebody else", "2.2.2.2"), Block::none);
}

TEST_F(RedisLimitsTest, AnAccountIsUnblockedEverywhere) {
  for (int i = 0; i < 3; ++i) fail("ada", "1.1.1.1");
  ASSERT_TRUE(wait(second_.forget("ada")));

  EXPECT_EQ(block_of("ada", "1.1.1.1"), Block::none);
}

TEST_F(RedisLimitsTest, NamesAreDigestsAndEverythingGoesByItself) {
  fail("ada@example.com", "1.1.1.1");
  EXPECT_TRUE(wait(first_.take(std::string("ada@example.com\0\r\n*1", 20), {.size = 2, .refill = milliseconds(100)})));

  const auto keys = server_.by_hand("--no-raw KEYS '*'");
  EXPECT_FALSE(keys.contains("ada"));
  std::istringstream lines(server_.by_hand("KEYS '*'"));
  for (std::string key; std::getline(lines, key);) EXPECT_GT(std::stoll(server_.by_hand("PTTL " + key)), 0) << key;
}

TEST_F(RedisLimitsTest, ALostRedisIsUnavailable) {
  server_.kill();
  EXPECT_FALSE(wait(first_.take("x", {.size = 1, .refill = milliseconds(1)})));
  EXPECT_FALSE(wait(first_.block_of(of("ada", "1.1.1.1"), rules_)));
  EXPECT_FALSE(wait(first_.failed(of("ada", "1.1.1.1"), rules_)));
}

}  // namespace
}  // namespace cardea::store
