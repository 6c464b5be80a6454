#include "store/replicas/replica_reads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "base/fake_clock.h"
#include "base/random.h"
#include "store/open.h"
#include "tests/faults/gated_database.h"
#include "tests/store_contract/wait.h"

namespace cardea::store {
namespace {

// A primary and two replicas that get what the test gives them.
class ReplicaReadsTest : public testing::Test {
 protected:
  ReplicaReadsTest() {
    reads_ = std::make_unique<ReplicaReads>(
        primary_gate_, std::vector<ReplicaReads::Open>{opens(*first_, first_gate_), opens(*second_, second_gate_)},
        clock_, log_);
  }

  static ReplicaReads::Open opens(Database& database, GatedDatabase*& gate) {
    return [&]() -> base::Result<std::unique_ptr<Database>> {
      auto made = std::make_unique<GatedDatabase>(database);
      gate = made.get();
      return made;
    };
  }

  void put(Database& database, const std::string& id) {
    ASSERT_TRUE(wait(database.write([&](Transaction& t) {
      Record row;
      row.key = {tenant_, Kind::resource_server, id};
      row.set_document({{"id", id}});
      return t.put(std::move(row));
    })));
  }
  void put_everywhere(const std::string& id) {
    for (auto* database : {primary_.get(), first_.get(), second_.get()}) put(*database, id);
  }
  bool finds(const std::string& id) { return wait(reads_->get({tenant_, Kind::resource_server, id})).has_value(); }
  void look() {
    wait([](ReplicaReads& reads) -> base::awaitable<bool> {
      co_await reads.follow();
      co_return true;
    }(*reads_));
  }

  base::FakeClock clock_;
  base::SeededRandom random_{5};
  base::NullLog log_;
  TenantKeys keys_{crypto::SealKey::from_bytes(std::string(32, 'k')), random_};
  model::TenantId tenant_{"01TENANT"};
  std::unique_ptr<Database> primary_ = open_memory({clock_, random_, log_, keys_, 1});
  std::unique_ptr<Database> first_ = open_memory({clock_, random_, log_, keys_, 1});
  std::unique_ptr<Database> second_ = open_memory({clock_, random_, log_, keys_, 1});
  GatedDatabase primary_gate_{*primary_};
  GatedDatabase *first_gate_ = nullptr, *second_gate_ = nullptr;  // of reads_
  std::unique_ptr<ReplicaReads> reads_;
};

TEST_F(ReplicaReadsTest, ReadsAreSharedAmongTheReplicas) {
  put_everywhere("a");
  look();
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(finds("a"));

  EXPECT_EQ(first_gate_->reads, 5);
  EXPECT_EQ(second_gate_->reads, 5);
  EXPECT_EQ(primary_gate_.reads, 0);
}

TEST_F(ReplicaReadsTest, WithoutReplicasThePrimaryIsRead) {
  put(*primary_, "a");

  EXPECT_TRUE(finds("a")) << "nobody has looked at the replicas yet";
  look();
  first_gate_->down = second_gate_->down = true;
  EXPECT_TRUE(finds("a"));
  EXPECT_EQ(reads_->usable(), 0U);
}

TEST_F(ReplicaReadsTest, AReplicaThatLagsIsPassedUntilItHasCaughtUp) {
  put_everywhere("a");
  look();
  ASSERT_EQ(reads_->usable(), 2U);
  put(*primary_, "b");
  put(*second_, "b");
  look();
  EXPECT_EQ(reads_->usable(), 2U) << "behind, but for a moment only";

  clock_.advance(ReplicaReads::kMostLag);
  look();
  EXPECT_EQ(reads_->usable(), 1U);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(finds("b"));

  put(*first_, "b");
  look();
  EXPECT_EQ(reads_->usable(), 2U);
}

TEST_F(ReplicaReadsTest, OneThatIsAwayAtFirstIsOpenedLater) {
  put_everywhere("a");
  std::atomic<int> tries = 0;
  std::promise<void> opened;
  const ReplicaReads::Open open = [&]() -> base::Result<std::unique_ptr<Database>> {
    if (++tries < 3) return base::fail(base::Errc::unavailable, "away");
    opened.set_value();
    return std::make_unique<GatedDatabase>(*second_);
  };
  reads_ = std::make_unique<ReplicaReads>(primary_gate_, std::vector{opens(*first_, first_gate_), open}, clock_, log_,
                                          std::chrono::milliseconds{1});
  look();
  EXPECT_TRUE(finds("a")) << "meanwhile the others do";

  opened.get_future().wait();
  while (reads_->usable() < 2) look();

  EXPECT_EQ(tries, 3);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(finds("a"));
}

TEST_F(ReplicaReadsTest, NobodyWaitsForOneThatStaysAway) {
  const ReplicaReads::Open open = []() -> base::Result<std::unique_ptr<Database>> {
    return base::fail(base::Errc::unavailable, "away");
  };
  reads_ = std::make_unique<ReplicaReads>(primary_gate_, std::vector{open}, clock_, log_, std::chrono::hours{1});
  put(*primary_, "a");
  look();

  EXPECT_TRUE(finds("a"));
  EXPECT_EQ(reads_->usable(), 0U);
  reads_.reset();
}

TEST_F(ReplicaReadsTest, WritesGoToThePrimary) {
  look();
  put(*reads_, "a");

  EXPECT_TRUE(wait(primary_->get({tenant_, Kind::resource_server, "a"})));
  EXPECT_FALSE(wait(first_->get({tenant_, Kind::resource_server, "a"})));
}

}  // namespace
}  // namespace cardea::store
