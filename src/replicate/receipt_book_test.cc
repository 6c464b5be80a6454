#include "replicate/receipt_book.h"

#include <gtest/gtest.h>

#include <optional>

#include "tests/simulation/world.h"

namespace cardea::replicate {
namespace {

using base::Errc;
using store::CommitMark;
using store::DataClass;
using store::Kind;
using store::Lane;
using store::Stamp;

// Control as a test wants it.
class FixedControl final : public ControlView {
 public:
  MemberState state(model::CellNumber) const override { return MemberState::active; }
  std::uint64_t epoch() const override { return 1; }
  std::vector<model::CellNumber> others() const override { return present; }
  std::vector<model::CellNumber> present{2, 3};
};

store::Key key_of(const std::string& id) { return {model::TenantId{"t"}, Kind::user, id}; }

CommitMark mark_of(std::initializer_list<std::pair<std::string, Stamp>> rows, bool created = false) {
  CommitMark mark;
  for (const auto& [id, stamp] : rows) mark.written.push_back({key_of(id), stamp, DataClass::c1, created});
  return mark;
}

class ReceiptBookTest : public testing::Test {
 protected:
  ReceiptBook make(ReceiptBook::Policy policy = {}) {
    return {policy, control, clock, log,
            [this](const base::Executor&) { return std::make_shared<simulation::WorldAlarm>(world); }};
  }

  // What a wait came to, once it has ended.
  using Outcome = std::shared_ptr<std::optional<base::Result<void>>>;
  Outcome wait(ReceiptBook& book, CommitMark mark, std::size_t cells = 1) {
    auto outcome = std::make_shared<std::optional<base::Result<void>>>();
    world.spawn([](ReceiptBook& of, CommitMark what, std::size_t by, Outcome out) -> base::awaitable<void> {
      *out = co_await of.await_applied(std::move(what), by);
    }(book, std::move(mark), cells, outcome));
    world.run_for(base::Duration{1});
    return outcome;
  }

  simulation::World world{1};
  simulation::CellClock clock{world};
  base::NullLog log;
  FixedControl control;
};

TEST_F(ReceiptBookTest, AWriteIsConfirmedWhenACellHasAllOfIt) {
  auto book = make();
  const auto outcome = wait(book, mark_of({{"a", {10, 1}}, {"b", {11, 1}}}));
  book.applied(2, Lane::hot, {{key_of("a"), {10, 1}}});
  world.run_for(base::Duration{10});
  EXPECT_FALSE(outcome->has_value());
  book.applied(3, Lane::hot, {{key_of("b"), {11, 1}}});
  world.run_for(base::Duration{10});
  EXPECT_FALSE(outcome->has_value()) << "each of two cells has one half";
  book.applied(2, Lane::hot, {{key_of("b"), {12, 2}}});
  world.run_for(base::Duration{10});
  ASSERT_TRUE(outcome->has_value());
  EXPECT_TRUE(outcome->value());
}

TEST_F(ReceiptBookTest, AnOlderStateOfTheRowConfirmsNothing) {
  auto book = make();
  const auto outcome = wait(book, mark_of({{"a", {10, 1}}}));
  book.applied(2, Lane::hot, {{key_of("a"), {9, 1}}});
  world.run_for(base::Duration{900});
  EXPECT_FALSE(outcome->has_value());
  world.run_for(base::Duration{200});
  ASSERT_TRUE(outcome->has_value());
  EXPECT_EQ(outcome->value().error().code, Errc::unconfirmed);
  EXPECT_EQ(book.totals().refused, 1U);
}

TEST_F(ReceiptBookTest, AReceiptThatCameBeforeItsWriterWaitedCounts) {
  auto book = make();
  book.applied(2, Lane::hot, {{key_of("a"), {10, 1}}});
  const auto outcome = wait(book, mark_of({{"a", {10, 1}}}));
  ASSERT_TRUE(outcome->has_value());
  EXPECT_TRUE(outcome->value());
}

TEST_F(ReceiptBookTest, SoManyCellsAsAreAskedFor) {
  auto book = make({.cells = 2});
  const auto outcome = wait(book, mark_of({{"a", {10, 1}}}), 2);
  book.applied(2, Lane::hot, {{key_of("a"), {10, 1}}});
  book.applied(2, Lane::bulk, {{key_of("a"), {10, 1}}});
  world.run_for(base::Duration{10});
  EXPECT_FALSE(outcome->has_value()) << "one cell twice";
  book.applied(3, Lane::hot, {{key_of("a"), {10, 1}}});
  world.run_for(base::Duration{10});
  EXPECT_TRUE(outcome->has_value());
}

TEST_F(ReceiptBookTest, RequiredFollowsClassAndMembers) {
  const auto semi_sync = make({.cells = 5});
  EXPECT_EQ(semi_sync.required(DataClass::c1), 2U);
  EXPECT_EQ(semi_sync.required(DataClass::c2), 0U);
  EXPECT_EQ(semi_sync.required(DataClass::c3), 0U);
  EXPECT_EQ(make({.acknowledgement = Acknowledgement::sync}).required(DataClass::c1), 2U);
  EXPECT_EQ(make({.acknowledgement = Acknowledgement::async}).required(DataClass::c1), 0U);
  control.present.clear();
  EXPECT_EQ(semi_sync.required(DataClass::c1), 0U) << "the last one waits for nobody";
}

TEST_F(ReceiptBookTest, WhatOnlyCreatesIsAnsweredAndSaidToBeUnprotected) {
  auto book = make();
  EXPECT_FALSE(book.degraded_since());
  const auto outcome = wait(book, mark_of({{"a", {10, 1}}}, true));
  world.run_for(base::Duration{1'100});
  ASSERT_TRUE(outcome->has_value());
  EXPECT_TRUE(outcome->value());
  EXPECT_TRUE(book.degraded_since());
  EXPECT_EQ(book.totals().degraded, 1U);

  const auto next = wait(book, mark_of({{"b", {20, 1}}}, true));
  book.applied(3, Lane::hot, {{key_of("b"), {20, 1}}});
  world.run_for(base::Duration{10});
  ASSERT_TRUE(next->has_value());
  EXPECT_FALSE(book.degraded_since()) << "a peer confirms again";
}

TEST_F(ReceiptBookTest, ThePolicyDecidesOnWhatIsNotConfirmed) {
  auto refusing = make({.unconfirmed = Unconfirmed::refuse});
  auto degrading = make({.unconfirmed = Unconfirmed::degrade});
  const auto refused = wait(refusing, mark_of({{"a", {10, 1}}}, true));
  const auto answered = wait(degrading, mark_of({{"a", {10, 1}}}, false));
  world.run_for(base::Duration{1'100});
  ASSERT_TRUE(refused->has_value() && answered->has_value());
  EXPECT_FALSE(refused->value());
  EXPECT_TRUE(answered->value());
}

}  // namespace
}  // namespace cardea::replicate
