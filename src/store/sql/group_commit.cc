#include "store/sql/group_commit.h"

#include <sched.h>

#include <array>
#include <bit>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace cardea::store {
namespace {

// The ceiling is written two seconds ahead, and again when less than one of them is left.
constexpr std::uint64_t kSecond = 1000ULL << 16;

std::uint64_t make_seed(base::Random& random) {
  std::array<std::uint8_t, 8> bytes;
  random.fill(bytes);
  return std::bit_cast<std::uint64_t>(bytes);
}

// On a core that is busy, the first unit of a batch must not push an event loop aside in the middle of its round: what
// the loop submits in the same round then shares the commit. An idle core runs the writer at once all the same.
void let_others_finish() {
  const sched_param none{};
  sched_setscheduler(0, SCHED_BATCH, &none);  // without it commits are smaller, nothing else
}

template <class Handler>
struct WaitingHandler final : GroupCommit::Waiting {
  using Executor = boost::asio::associated_executor_t<Handler>;

  explicit WaitingHandler(Handler h)
      : handler(std::move(h)), keep_running(boost::asio::get_associated_executor(handler)) {}

  // Takes everything along that belongs to the executor: its context may be gone as soon as the caller goes on.
  void complete() override {
    const Executor executor = keep_running.get_executor();
    boost::asio::post(executor, [handler = std::move(handler), keep = std::move(keep_running),
                                 thrown = std::move(thrown), outcome = std::move(*outcome)]() mutable {
      std::move(handler)(std::move(thrown), std::move(outcome));
    });
  }

  Handler handler;
  boost::asio::executor_work_guard<Executor> keep_running;
};

}  // namespace

GroupCommit::GroupCommit(const SqliteFile& file, const Surroundings& surroundings, std::uint64_t hlc_floor,
                         Limits limits)
    : surroundings_(surroundings),
      limits_(limits),
      session_(file, SqliteUse::read_write),
      rows_(session_.soci()),
      begin_(session_.soci(), "BEGIN IMMEDIATE"),
      commit_(session_.soci(), "COMMIT"),
      savepoint_(session_.soci(), "SAVEPOINT unit"),
      release_(session_.soci(), "RELEASE unit"),
      undo_(session_.soci(), "ROLLBACK TO unit"),
      set_ceiling_(session_.soci(), "UPDATE meta SET hlc_ceiling = max(hlc_ceiling, :ceiling)"),
      hlc_(surroundings.clock, surroundings.cell, hlc_floor),
      ids_(make_seed(surroundings.random)),
      ceiling_(hlc_floor) {
  rows_.before_change([this] {
    if (!in_savepoint_) savepoint_.run();
    in_savepoint_ = true;
  });
  thread_ = std::thread([this] { loop(); });
}

GroupCommit::~GroupCommit() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

base::awaitable<GroupCommit::Outcome> GroupCommit::submit(Work work) {
  constexpr boost::asio::use_awaitable_t<base::Executor> token;
  co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<base::Executor>&,
                                                 void(std::exception_ptr, Outcome)>(
      [this](auto handler, Work submitted) {
        std::unique_ptr<Waiting> waiting = std::make_unique<WaitingHandler<decltype(handler)>>(std::move(handler));
        waiting->work = std::move(submitted);
        if (!enqueue(waiting)) waiting->complete();
      },
      token, std::move(work));
}

bool GroupCommit::enqueue(std::unique_ptr<Waiting>& waiting) {
  std::unique_lock lock(mutex_);
  if (stopping_ || queue_.size() >= limits_.queue) {
    lock.unlock();
    waiting->outcome = base::fail(base::Errc::unavailable, "too many writes wait");
    return false;
  }
  queue_.push_back(std::move(waiting));
  const bool was_empty = queue_.size() == 1;
  lock.unlock();
  if (was_empty) wake_.notify_one();
  return true;
}

std::unique_ptr<GroupCommit::Waiting> GroupCommit::next(bool block) {
  std::unique_lock lock(mutex_);
  if (block) wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  if (queue_.empty()) return nullptr;
  auto waiting = std::move(queue_.front());
  queue_.pop_front();
  return waiting;
}

void GroupCommit::loop() {
  let_others_finish();
  while (auto first = next(true)) run_batch(std::move(first));
}

void GroupCommit::run_batch(std::unique_ptr<Waiting> first) {
  Batch batch;
  batch.push_back(std::move(first));
  try {
    commit_batch(batch);
  } catch (const soci::soci_error& error) {
    give_up(batch, reason_of(error));
  } catch (const std::exception& error) {
    give_up(batch, error.what());
  }
  rows_.feed().forget_heads();
  for (auto& waiting : batch) {
    if (*waiting->outcome && !(*waiting->outcome)->written.empty()) listeners_.tell(**waiting->outcome);
  }
  for (auto& waiting : batch) {
    waiting->work = nullptr;  // what it captured goes before its owner goes on
    waiting->complete();
  }
}

void GroupCommit::commit_batch(Batch& batch) {
  begin_.run();
  rows_.feed().drain_outbox();
  run(*batch.front());
  while (batch.size() < limits_.batch) {
    auto waiting = next(false);
    if (waiting == nullptr) break;
    batch.push_back(std::move(waiting));
    run(*batch.back());
  }
  rows_.feed().save_heads();
  write_ceiling();
  commit_.run();
}

void GroupCommit::run(Waiting& waiting) {
  const LaneHeads heads = rows_.feed().heads();
  in_savepoint_ = false;
  UnitOfWork unit(rows_, {hlc_, surroundings_.keys, ids_}, surroundings_.clock.now());
  base::Result<void> done;
  try {
    done = waiting.work(unit, rows_);
  } catch (const soci::soci_error& error) {
    if (!session_.in_transaction()) throw;
    done = base::fail(base::Errc::unavailable, reason_of(error));
    surroundings_.log.error("store: a unit of work failed", {{"reason", reason_of(error)}});
  } catch (...) {
    waiting.thrown = std::current_exception();
    done = base::fail(base::Errc::unavailable, "the unit of work threw");
  }
  end_unit(done.has_value(), heads);
  if (done) {
    waiting.outcome = std::move(unit).mark();
  } else {
    waiting.outcome = base::pass_on(done);
  }
}

void GroupCommit::end_unit(bool keep, const LaneHeads& heads_before) {
  if (!in_savepoint_) return;
  if (!keep) {
    undo_.run();
    rows_.feed().set_heads(heads_before);
  }
  release_.run();
}

void GroupCommit::write_ceiling() {
  if (hlc_.last() + kSecond < ceiling_) return;
  const std::uint64_t ceiling = hlc_.last() + 2 * kSecond;
  set_ceiling_.run(clamped(ceiling));
  ceiling_ = ceiling;
}

void GroupCommit::give_up(Batch& batch, const std::string& reason) {
  surroundings_.log.error("store: a commit failed", {{"reason", reason}, {"units", batch.size()}});
  ceiling_ = 0;  // perhaps not written
  try {
    if (session_.in_transaction()) session_.soci() << "ROLLBACK";
  } catch (const soci::soci_error& error) {
    surroundings_.log.error("store: a rollback failed", {{"reason", reason_of(error)}});
  }
  for (auto& waiting : batch)
    if (!waiting->outcome || *waiting->outcome) waiting->outcome = base::fail(base::Errc::unavailable, reason);
}

}  // namespace cardea::store
