#include "http/round.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <memory>
#include <vector>

#include "base/fake_clock.h"

namespace cardea::http {
namespace {

class RoundTest : public testing::Test {
 protected:
  base::awaitable<void> take_part(int number) {
    begun_.push_back(number);
    co_await round_->end();
    ended_.push_back(number);
  }
  void start(int number) { boost::asio::co_spawn(context_, take_part(number), boost::asio::detached); }

  boost::asio::io_context context_;
  base::FakeClock clock_;
  std::unique_ptr<Round> round_ = std::make_unique<Round>(context_.get_executor(), clock_);
  std::vector<int> begun_, ended_;
};

TEST_F(RoundTest, EveryoneWhoWasReadyBeginsBeforeAnyoneEnds) {
  for (const int number : {1, 2, 3}) start(number);
  while (begun_.size() < 3) {
    ASSERT_EQ(context_.run_one(), 1U);
    EXPECT_TRUE(begun_.size() == 3 || ended_.empty());
  }
  context_.run();
  EXPECT_EQ(ended_, (std::vector{1, 2, 3}));
}

TEST_F(RoundTest, OneAloneDoesNotWaitForTime) {
  start(1);
  context_.run();
  EXPECT_EQ(ended_, std::vector{1});
}

TEST_F(RoundTest, ALongRoundEndsForThoseWhoWaitAlready) {
  start(1);
  start(2);
  ASSERT_EQ(context_.run_one(), 1U);
  ASSERT_EQ(begun_, std::vector{1});
  clock_.advance(std::chrono::milliseconds(50));
  ASSERT_EQ(context_.run_one(), 1U);
  EXPECT_EQ(ended_, (std::vector{1, 2}));
}

TEST_F(RoundTest, TheLoopMayStillHoldItsCallWhenItIsGone) {
  start(1);
  start(2);
  ASSERT_EQ(context_.run_one(), 1U);
  clock_.advance(std::chrono::milliseconds(50));
  ASSERT_EQ(context_.run_one(), 1U);
  ASSERT_EQ(ended_.size(), 2U);
  round_.reset();
  context_.run();
}

}  // namespace
}  // namespace cardea::http
