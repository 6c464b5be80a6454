#include "jobs/worker.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <thread>

#include "base/fake_clock.h"
#include "store/open.h"
#include "tests/faults/gated_database.h"
#include "tests/store_contract/wait.h"

namespace cardea::jobs {
namespace {

using base::Errc;
using base::Result;
using store::wait;

const model::TenantId kTenant{"t1"};

class WorkerTest : public testing::Test {
 protected:
  WorkerTest() { EXPECT_TRUE(keys.learn(kTenant, keys.make_wrapped())); }

  Worker::Options options() {
    Worker::Options o;
    o.queue = "mail";
    o.poll = std::chrono::milliseconds(2);
    o.gather = std::chrono::milliseconds(0);
    o.lease = std::chrono::seconds(60);
    o.max_attempts = 3;
    o.woken_by = {store::Kind::ticket};
    return o;
  }

  void enqueue(const std::string& name, const std::string& queue = "mail") {
    const auto mark = wait(memory->write([&](store::Transaction& transaction) -> Result<void> {
      model::Job job;
      job.tenant = kTenant;
      job.queue = queue;
      job.body = {{"name", name}};
      job.run_at = transaction.now();
      transaction.enqueue(std::move(job));
      return {};
    }));
    ASSERT_TRUE(mark);
  }

  // Counts what was begun; `outcomes[name]` are the answers to its attempts, success when there are none left.
  JobHandler handler() {
    return [this](model::Job job) -> base::awaitable<Result<void>> { return handle(std::move(job)); };
  }
  base::awaitable<Result<void>> handle(model::Job job) {
    const auto name = base::get_string_or(job.body, "name");
    ++begun[name];
    ++running;
    most_running = std::max(most_running, running);
    while (held) {
      boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                        base::Executor>
          pause(context.get_executor(), std::chrono::milliseconds(1));
      co_await pause.async_wait(boost::asio::use_awaitable_t<base::Executor>{});
    }
    --running;
    auto& left = outcomes[name];
    if (left.empty()) {
      ++done[name];
      co_return Result<void>{};
    }
    const auto code = left.front();
    left.erase(left.begin());
    co_return base::fail(code, "as the test wants it");
  }

  // Runs the loop until it is so; a test that hangs fails.
  template <class Condition>
  bool drive_until(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    context.restart();
    while (!condition() && std::chrono::steady_clock::now() < deadline)
      context.run_one_for(std::chrono::milliseconds(5));
    return condition();
  }
  void drive_a_little() {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(30);
    drive_until([&] { return std::chrono::steady_clock::now() > end; });
  }
  bool stop(Worker& worker) {
    bool stopped = false;
    boost::asio::co_spawn(context.get_executor(), worker.stop(), [&](std::exception_ptr) { stopped = true; });
    return drive_until([&] { return stopped; });
  }
  std::size_t waiting() { return wait(memory->take_jobs("mail", std::chrono::milliseconds(0), 100))->size(); }

  base::FakeClock clock;
  base::SeededRandom random{1};
  base::NullLog log;
  store::TenantKeys keys{crypto::SealKey::from_bytes(std::string(32, 'k')), random};
  std::unique_ptr<store::Database> memory = store::open_memory({clock, random, log, keys, 7});
  store::GatedDatabase database{*memory};
  boost::asio::io_context context{1};
  std::map<std::string, int> begun, done;
  std::map<std::string, std::vector<Errc>> outcomes;
  std::size_t running = 0, most_running = 0;
  bool held = false;
};

TEST_F(WorkerTest, DoesEachJobOfItsQueueOnceAndNoOther) {
  for (const auto* name : {"a", "b", "c"}) enqueue(name);
  enqueue("foreign", "other");
  Worker worker(database, handler(), clock, random, log, options());
  worker.start(context);

  EXPECT_TRUE(drive_until([&] { return done.size() == 3; }));
  drive_a_little();

  EXPECT_EQ(begun, (std::map<std::string, int>{{"a", 1}, {"b", 1}, {"c", 1}}));
  EXPECT_TRUE(stop(worker));
  EXPECT_EQ(waiting(), 0u);
}

TEST_F(WorkerTest, FindsJobsThatAreQueuedLater) {
  Worker worker(database, handler(), clock, random, log, options());
  worker.start(context);
  drive_a_little();

  enqueue("late");

  EXPECT_TRUE(drive_until([&] { return done["late"] == 1; }));
  EXPECT_TRUE(stop(worker));
}

TEST_F(WorkerTest, ACommitOrAPokeWakesItBeforeThePoll) {
  auto slow = options();
  slow.poll = std::chrono::hours(1);
  Worker worker(database, handler(), clock, random, log, slow);
  worker.start(context);
  drive_a_little();

  enqueue("by poke");
  worker.poke();
  EXPECT_TRUE(drive_until([&] { return done["by poke"] == 1; }));

  const auto mark = wait(memory->write([&](store::Transaction& transaction) -> Result<void> {
    store::Record ticket;
    ticket.key = {kTenant, store::Kind::ticket, "hash"};
    ticket.set_document({{"type", "verify_email"}});
    model::Job job;
    job.tenant = kTenant;
    job.queue = "mail";
    job.body = {{"name", "by commit"}};
    job.run_at = transaction.now();
    transaction.enqueue(std::move(job));
    return transaction.put(std::move(ticket));
  }));
  ASSERT_TRUE(mark);
  EXPECT_TRUE(drive_until([&] { return done["by commit"] == 1; }));
  EXPECT_TRUE(stop(worker));
}

TEST_F(WorkerTest, RunsNoMoreAtOnceThanItMay) {
  auto few = options();
  few.concurrency = 2;
  for (int i = 0; i < 6; ++i) enqueue(std::to_string(i));
  held = true;
  Worker worker(database, handler(), clock, random, log, few);
  worker.start(context);
  drive_a_little();
  EXPECT_EQ(running, 2u);

  held = false;

  EXPECT_TRUE(drive_until([&] { return done.size() == 6; }));
  EXPECT_EQ(most_running, 2u);
  EXPECT_TRUE(stop(worker));
}

TEST_F(WorkerTest, TemporaryFailuresAreRetriedLaterAndLater) {
  outcomes["a"] = {Errc::unavailable, Errc::unavailable};
  enqueue("a");
  Worker worker(database, handler(), clock, random, log, options());
  worker.start(context);
  ASSERT_TRUE(drive_until([&] { return begun["a"] == 1 && running == 0; }));
  drive_a_little();
  EXPECT_EQ(begun["a"], 1);

  clock.advance(std::chrono::seconds(6));
  ASSERT_TRUE(drive_until([&] { return begun["a"] == 2; }));
  drive_a_little();
  clock.advance(std::chrono::seconds(6));
  drive_a_little();
  EXPECT_EQ(begun["a"], 2);  // the second wait is longer
  clock.advance(std::chrono::seconds(6));

  EXPECT_TRUE(drive_until([&] { return done["a"] == 1; }));
  EXPECT_TRUE(stop(worker));
  EXPECT_EQ(waiting(), 0u);
}

TEST_F(WorkerTest, HopelessAndTooOftenTriedJobsAreGivenUpWithAnEvent) {
  auto with_event = options();
  with_event.obituary = [](const model::Job& job, const base::Error& error, base::Time now) {
    model::Event event;
    event.tenant = job.tenant;
    event.type = "fn";
    event.at = now;
    event.body = {{"name", base::get_string_or(job.body, "name")}, {"error", error.reason}};
    return std::optional(event);
  };
  outcomes["hopeless"] = {Errc::denied};
  outcomes["unlucky"] = {Errc::unavailable, Errc::unavailable, Errc::unavailable};
  enqueue("hopeless");
  enqueue("unlucky");
  Worker worker(database, handler(), clock, random, log, with_event);
  worker.start(context);

  EXPECT_TRUE(drive_until([&] {
    clock.advance(std::chrono::seconds(1));
    return wait(memory->events_after(kTenant, 0, 10))->size() == 2;
  }));
  drive_a_little();

  EXPECT_EQ(begun["hopeless"], 1);
  EXPECT_EQ(begun["unlucky"], 3);
  EXPECT_TRUE(stop(worker));
  clock.advance(std::chrono::hours(2));
  EXPECT_EQ(waiting(), 0u);
}

TEST_F(WorkerTest, AJobWhoseWorkerDiedIsDoneByAnother) {
  enqueue("orphan");
  ASSERT_EQ(wait(memory->take_jobs("mail", std::chrono::seconds(60), 10))->size(), 1u);  // and never heard of again
  Worker worker(database, handler(), clock, random, log, options());
  worker.start(context);
  drive_a_little();
  EXPECT_EQ(begun["orphan"], 0);

  clock.advance(std::chrono::seconds(61));

  EXPECT_TRUE(drive_until([&] { return done["orphan"] == 1; }));
  EXPECT_TRUE(stop(worker));
}

TEST_F(WorkerTest, AJobThatThrowsHoldsUpNothingAndIsGivenUpInTheEnd) {
  auto with_event = options();
  with_event.obituary = [](const model::Job& job, const base::Error&, base::Time now) {
    model::Event event;
    event.tenant = job.tenant;
    event.type = "fn";
    event.at = now;
    return std::optional(event);
  };
  with_event.concurrency = 1;
  enqueue("poison");
  enqueue("good");
  Worker worker(
      database,
      [this](model::Job job) -> base::awaitable<Result<void>> {
        if (base::get_string_or(job.body, "name") == "poison") {
          ++begun["poison"];
          throw std::runtime_error("a bug");
        }
        return handle(std::move(job));
      },
      clock, random, log, with_event);
  worker.start(context);
  EXPECT_TRUE(drive_until([&] { return done["good"] == 1; }));

  EXPECT_TRUE(drive_until([&] {
    clock.advance(std::chrono::seconds(10));
    return wait(memory->events_after(kTenant, 0, 10))->size() == 1;
  }));

  EXPECT_EQ(begun["poison"], 3);
  EXPECT_TRUE(stop(worker));
}

TEST_F(WorkerTest, OutlivesAStoreThatIsAway) {
  database.down = true;
  enqueue("a");
  Worker worker(database, handler(), clock, random, log, options());
  worker.start(context);
  drive_a_little();
  EXPECT_EQ(begun["a"], 0);

  database.down = false;

  EXPECT_TRUE(drive_until([&] { return done["a"] == 1; }));
  EXPECT_TRUE(stop(worker));
}

TEST_F(WorkerTest, StopWaitsForWhatRunsAndTakesNoMore) {
  enqueue("running");
  held = true;
  Worker worker(database, handler(), clock, random, log, options());
  worker.start(context);
  ASSERT_TRUE(drive_until([&] { return running == 1; }));
  bool stopped = false;
  boost::asio::co_spawn(context.get_executor(), worker.stop(), [&](std::exception_ptr) { stopped = true; });
  enqueue("too late");
  drive_a_little();
  EXPECT_FALSE(stopped);

  held = false;

  EXPECT_TRUE(drive_until([&] { return stopped; }));
  EXPECT_EQ(done["running"], 1);
  EXPECT_EQ(begun["too late"], 0);
  EXPECT_TRUE(stop(worker));  // again
}

TEST_F(WorkerTest, CanBeStoppedFromAnotherThreadAndBeforeItWasStarted) {
  Worker never(database, handler(), clock, random, log, options());
  EXPECT_TRUE(stop(never));

  Worker worker(database, handler(), clock, random, log, options());
  worker.start(context);
  const auto open = boost::asio::make_work_guard(context);
  std::thread loop([&] {
    context.restart();
    context.run();
  });
  for (int i = 0; i < 100; ++i) worker.poke();
  boost::asio::io_context mine(1);
  bool stopped = false;
  boost::asio::co_spawn(mine.get_executor(), worker.stop(), [&](std::exception_ptr) { stopped = true; });
  mine.run();
  context.stop();
  loop.join();

  EXPECT_TRUE(stopped);
}

TEST(RetryDelay, DoublesUpToABoundAndIsSpread) {
  Worker::Options options;
  options.first_delay = std::chrono::seconds(10);
  options.longest_delay = std::chrono::seconds(60);
  base::SeededRandom random(1);
  const std::vector<std::pair<int, int>> expected{{1, 10}, {2, 20}, {3, 40}, {4, 60}, {50, 60}, {1'000'000'000, 60}};
  for (const auto& [attempts, seconds] : expected) {
    base::Duration least = base::Duration::max(), most{0};
    for (int i = 0; i < 200; ++i) {
      const auto delay = retry_delay(options, attempts, random);
      least = std::min(least, delay);
      most = std::max(most, delay);
    }
    EXPECT_GE(least, std::chrono::milliseconds(seconds * 800));
    EXPECT_LE(most, std::chrono::milliseconds(seconds * 1200));
    EXPECT_GT(most - least, std::chrono::milliseconds(seconds * 200));
  }
}

}  // namespace
}  // namespace cardea::jobs
