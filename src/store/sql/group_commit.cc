#include "store/sql/group_commit.h"

#include <boost/asio/post.hpp>

namespace cardea::store {
namespace {

// The ceiling is written two seconds ahead, and again when less than one of them is left.
constexpr std::uint64_t kSecond = 1000ULL << 16;

// The writer is woken when the loop that submits has taken up everything that was ready, so that what comes in the
// same round shares the commit; but no unit waits longer for that.
constexpr std::chrono::nanoseconds kLongestRound = std::chrono::milliseconds(4);

}  // namespace

void GroupCommit::Line::wake() {
  {
    const std::scoped_lock lock(mutex);
    awake = true;
  }
  changed.notify_one();
}

GroupCommit::GroupCommit(const SqliteFile& file, const Surroundings& surroundings, SlowStatements& slow,
                         const StoreMetrics& metrics, std::uint64_t hlc_floor, Limits limits)
    : surroundings_(surroundings),
      limits_(limits),
      metrics_(metrics),
      session_(file, SqliteUse::read_write),
      checkpointer_(file, session_, surroundings.log),
      counted_(metrics.open()),
      watch_(surroundings.clock, slow),
      link_(session_.soci(), watch_),
      rows_(link_),
      begin_(link_, "BEGIN IMMEDIATE"),
      commit_(link_, "COMMIT"),
      savepoint_(link_, "SAVEPOINT unit"),
      release_(link_, "RELEASE unit"),
      undo_(link_, "ROLLBACK TO unit"),
      set_ceiling_(link_, "UPDATE meta SET hlc_ceiling = max(hlc_ceiling, :ceiling)"),
      hlc_(surroundings.clock, surroundings.cell, hlc_floor),
      ids_(seeded_from(surroundings.random)),
      ceiling_(hlc_floor) {
  rows_.before_change([this] {
    if (!in_savepoint_) savepoint_.run();
    in_savepoint_ = true;
  });
  thread_ = std::thread([this] { loop(); });
}

GroupCommit::~GroupCommit() {
  {
    const std::scoped_lock lock(line_->mutex);
    line_->stopping = true;
  }
  line_->changed.notify_one();
  thread_.join();
}

base::awaitable<GroupCommit::Outcome> GroupCommit::submit(Work work) {
  return answered<Outcome>([this, work = std::move(work)](std::unique_ptr<Answer<Outcome>> answer) mutable {
    const auto executor = answer->executor();
    auto waiting = std::make_unique<Waiting>();
    waiting->work = std::move(work);
    waiting->answer = std::move(answer);
    switch (enqueue(waiting)) {
      case Received::refused:
        return waiting->complete();
      case Received::waits:
        return;
      case Received::needs_promise:
        return boost::asio::post(executor, [line = line_] { line->wake(); });
    }
  });
}

GroupCommit::Received GroupCommit::enqueue(std::unique_ptr<Waiting>& waiting) {
  const auto now = surroundings_.clock.steady();
  auto& line = *line_;
  std::unique_lock lock(line.mutex);
  if (line.stopping || line.queue.size() >= limits_.queue) {
    lock.unlock();
    waiting->outcome = base::fail(base::Errc::unavailable, "too many writes wait");
    return Received::refused;
  }
  line.queue.push_back(std::move(waiting));
  metrics_.waiting(1);
  if (!line.awake && !std::exchange(line.promised, true)) {
    line.promised_at = now;
    return Received::needs_promise;
  }
  const bool go = line.awake || now - line.promised_at > kLongestRound;
  lock.unlock();
  if (go) line.wake();
  return Received::waits;
}

std::unique_ptr<GroupCommit::Waiting> GroupCommit::next(bool block) {
  auto& line = *line_;
  std::unique_lock lock(line.mutex);
  if (block) line.changed.wait(lock, [&] { return line.stopping || (line.awake && !line.queue.empty()); });
  if (line.queue.empty()) {
    line.awake = line.promised = false;
    return nullptr;
  }
  auto waiting = std::move(line.queue.front());
  line.queue.pop_front();
  metrics_.waiting(-1);
  return waiting;
}

void GroupCommit::loop() {
  while (auto first = next(true)) run_batch(std::move(first));
}

void GroupCommit::run_batch(std::unique_ptr<Waiting> first) {
  const auto busy = metrics_.in_use();
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
  UnitOfWork unit(rows_, {hlc_, surroundings_.keys, ids_, surroundings_.import}, surroundings_.clock.now());
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
