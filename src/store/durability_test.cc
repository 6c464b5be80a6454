// What was acknowledged is never lost: not when the power fails, not when the process is killed.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <map>
#include <thread>

#include "base/fake_clock.h"
#include "store/sql/open_sqlite.h"
#include "tests/store_contract/lossy_vfs.h"
#include "tests/store_contract/temporary_folder.h"
#include "tests/store_contract/wait.h"

namespace cardea::store {
namespace {

constexpr int kWriters = 4;

const model::TenantId kTenant{"tenant-1"};

Key row_of(int writer, int number) {
  return {kTenant, Kind::user, "W" + std::to_string(writer) + "-" + std::to_string(number)};
}
Key counter_of(int writer) { return {kTenant, Kind::user, "counter-" + std::to_string(writer)}; }

Record make(Key key, int number) {
  Record record;
  record.key = std::move(key);
  record.set_document({{"n", number}, {"email", "a@b.c"}});
  return record;
}

// One unit of work: a new row, a counter that is overwritten, an event.
base::Result<CommitMark> write_one(Database& database, int writer, int number) {
  return wait(database.write([=](Transaction& transaction) -> base::Result<void> {
    if (auto done = transaction.put(make(row_of(writer, number), number)); !done) return done;
    auto counter = transaction.get(counter_of(writer));
    Record next = counter ? std::move(*counter) : make(counter_of(writer), 0);
    next.set_document({{"n", number}, {"email", "a@b.c"}});
    transaction.append_event({0, kTenant, "s", {}, {{"w", writer}, {"n", number}}});
    return transaction.put(std::move(next));
  }));
}

struct Environment {
  base::FakeClock clock;
  base::SeededRandom random{1};
  base::NullLog log;
  TenantKeys keys{crypto::SealKey::generate(random), random};
  TemporaryFolder folder;

  base::Result<std::unique_ptr<Database>> open(const SqliteOptions& options = {}) {
    return open_sqlite(folder.path() / "cardea.db", {clock, random, log, keys, 7}, options);
  }
};

// How much of the acknowledged work is not there. `acknowledged`: per writer, the highest number.
int count_lost(Database& database, const std::map<int, int>& acknowledged) {
  int lost = 0;
  for (const auto& [writer, highest] : acknowledged) {
    if (highest == 0) continue;
    for (int number = 1; number <= highest; ++number) lost += wait(database.get(row_of(writer, number))) ? 0 : 1;
    const auto counter = wait(database.get(counter_of(writer)));
    lost += counter && counter->document().at("n").as_int64() >= highest ? 0 : 1;
  }
  std::map<std::pair<std::int64_t, std::int64_t>, int> events;
  for (std::uint64_t after = 0;;) {
    const auto portion = wait(database.all_events_after(after, 1000));
    if (!portion || portion->empty()) break;
    for (const auto& event : *portion) ++events[{event.body.at("w").as_int64(), event.body.at("n").as_int64()}];
    after = portion->back().seq;
  }
  for (const auto& [writer, highest] : acknowledged)
    for (int number = 1; number <= highest; ++number) lost += events[{writer, number}] == 1 ? 0 : 1;
  return lost;
}

class PowerLoss : public Environment {
 public:
  PowerLoss(LossyDisk::Cache cache, std::uint64_t seed, bool synchronous_full)
      : disk_(cache, seed), random_(seed), options_{.vfs = disk_.vfs(), .synchronous_full = synchronous_full} {}

  // Writes under load until the power goes, turns it on again, and counts what is gone.
  int round() {
    {
      auto database = open(options_);
      if (!database) return total_;  // not even the file is sound
      disk_.cut_after(1 + below(400));
      write_until_the_lights_go_out(**database);
    }
    disk_.power_on();
    auto database = open(options_);
    if (!database) return total_;
    return count_lost(**database, acknowledged_);
  }
  int acknowledged() const { return total_; }

 private:
  std::uint64_t below(std::uint64_t limit) {
    const auto bytes = base::random_bytes(random_, 2);
    return (static_cast<std::uint8_t>(bytes[0]) * 256ULL + static_cast<std::uint8_t>(bytes[1])) % limit;
  }

  void write_until_the_lights_go_out(Database& database) {
    std::vector<std::thread> writers;
    std::array<int, kWriters> reached{};
    for (int w = 0; w < kWriters; ++w)
      writers.emplace_back([&, w, next = acknowledged_[w] + 1]() mutable {
        // A number whose fate is open may be there already.
        while (wait(database.get(row_of(w, next)))) ++next;
        for (reached[w] = next - 1; write_one(database, w, next); ++next) reached[w] = next;
      });
    for (auto& writer : writers) writer.join();
    for (int w = 0; w < kWriters; ++w) {
      total_ += reached[w] - acknowledged_[w];
      acknowledged_[w] = reached[w];
    }
  }

  LossyDisk disk_;
  base::SeededRandom random_;
  const SqliteOptions options_;
  std::map<int, int> acknowledged_;
  int total_ = 0;
};

TEST(DurabilityTest, a_power_failure_loses_nothing_that_was_acknowledged) {
  PowerLoss power(LossyDisk::Cache::drops_all, 1, true);

  for (int round = 0; round < 40; ++round) ASSERT_EQ(power.round(), 0) << "round " << round;

  EXPECT_GT(power.acknowledged(), 500);
}

TEST(DurabilityTest, nor_does_one_that_keeps_some_of_the_unsynced_writes) {
  PowerLoss power(LossyDisk::Cache::keeps_some, 2, true);

  for (int round = 0; round < 40; ++round) ASSERT_EQ(power.round(), 0) << "round " << round;

  EXPECT_GT(power.acknowledged(), 500);
}

// The test above would see a loss: without syncing, acknowledged writes do go.
TEST(DurabilityTest, the_same_test_finds_the_loss_when_nothing_is_synced) {
  PowerLoss power(LossyDisk::Cache::drops_all, 3, false);

  int lost = 0;
  for (int round = 0; round < 10 && lost == 0; ++round) lost = power.round();

  EXPECT_GT(power.acknowledged(), 0);
  EXPECT_GT(lost, 0);
}

TEST(DurabilityTest, a_full_disk_refuses_writes_and_nothing_else) {
  LossyDisk disk(LossyDisk::Cache::drops_all, 4);
  Environment environment;
  auto database = environment.open({.vfs = disk.vfs()});
  ASSERT_TRUE(database);
  ASSERT_TRUE(write_one(**database, 0, 1));

  disk.set_full(true);
  for (int attempt = 0; attempt < 3; ++attempt) {
    EXPECT_EQ(write_one(**database, 0, 2).error().code, base::Errc::unavailable);
    EXPECT_EQ(count_lost(**database, {{0, 1}}), 0);
    EXPECT_EQ(wait((*database)->get(row_of(0, 2))).error().code, base::Errc::not_found);
  }
  EXPECT_FALSE(wait((*database)->check()));
  disk.set_full(false);

  for (int number = 2; number <= 10; ++number) ASSERT_TRUE(write_one(**database, 0, number));
  EXPECT_EQ(count_lost(**database, {{0, 10}}), 0);
  EXPECT_EQ(wait((*database)->feed_head(Lane::hot)), 10U + 1U) << "failed commits leave no gap";
}

// The child: writes as fast as it can and tells each acknowledgement to the parent. Never returns.
[[noreturn]] void write_until_killed(Environment& environment, int pipe, const std::map<int, int>& from) {
  auto database = environment.open();
  if (!database) ::_exit(3);
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w)
    writers.emplace_back([&, w, next = from.at(w) + 1]() mutable {
      while (wait((*database)->get(row_of(w, next)))) ++next;
      for (; write_one(**database, w, next); ++next) {
        const int message[2] = {w, next};
        if (::write(pipe, message, sizeof message) != sizeof message) ::_exit(4);
      }
    });
  for (auto& writer : writers) writer.join();
  ::_exit(5);
}

// Reads acknowledgements, kills the child after `enough` of them, and reads what it had still said.
void kill_after(pid_t child, int pipe, int enough, std::map<int, int>& acknowledged) {
  int message[2];
  for (int count = 1; ::read(pipe, message, sizeof message) == sizeof message; ++count) {
    acknowledged[message[0]] = message[1];
    if (count == enough) ::kill(child, SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << status;
}

TEST(DurabilityTest, a_killed_process_loses_nothing_that_was_acknowledged) {
  Environment environment;
  std::map<int, int> acknowledged;
  for (int w = 0; w < kWriters; ++w) acknowledged[w] = 0;

  for (int round = 0; round < 20; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(ends[0]);
      write_until_killed(environment, ends[1], acknowledged);
    }
    ::close(ends[1]);
    kill_after(child, ends[0], 10 + round * 7 % 50, acknowledged);
    ::close(ends[0]);

    auto database = environment.open();
    ASSERT_TRUE(database) << database.error().reason;
    ASSERT_EQ(count_lost(**database, acknowledged), 0) << "round " << round;
  }
}

}  // namespace
}  // namespace cardea::store
