#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/async.h"
#include "base/result.h"
#include "store/commit_listeners.h"
#include "store/open.h"
#include "store/sql/answer.h"
#include "store/sql/checkpointer.h"
#include "store/sql/sql_rows.h"
#include "store/sql/sqlite_session.h"
#include "store/unit_of_work.h"

namespace cardea::store {

// The only writer of a SQLite file in this process: a thread that runs the units of work which wait, one after the
// other, and commits them together, so that one fsync serves many. Each is in a savepoint of its own; one that fails
// takes only itself back. Another process may write to the same file between two transactions.
class GroupCommit {
 public:
  // What runs on the writer's thread. `rows` is for the engine's own tables.
  using Work = std::function<base::Result<void>(UnitOfWork& unit, SqlRows& rows)>;
  using Outcome = base::Result<CommitMark>;

  struct Limits {
    std::size_t queue = 4096;  // more waiting units are refused
    std::size_t batch = 256;   // units per commit
  };

  // Opens its session; `file` must be migrated. Throws soci::soci_error.
  // `hlc_floor`: the ceiling that the file holds.
  // `slow` and `metrics` must outlive it.
  GroupCommit(const SqliteFile& file, const Surroundings& surroundings, SlowStatements& slow,
              const StoreMetrics& metrics, std::uint64_t hlc_floor, Limits limits);
  // Waits for what was submitted.
  ~GroupCommit();
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  // Completes on the caller's executor after the commit is durable. unavailable: the queue is full, or the engine
  // failed. What the work throws is thrown here.
  base::awaitable<Outcome> submit(Work work);

  void on_commit(CommitListener listener) { listeners_.add(std::move(listener)); }

 private:
  // A unit of work that waits for its commit.
  struct Waiting {
    Work work;
    std::exception_ptr thrown;
    std::optional<Outcome> outcome;
    std::unique_ptr<Answer<Outcome>> answer;

    void complete() { answer->complete(std::move(thrown), std::move(*outcome)); }
  };
  using Batch = std::vector<std::unique_ptr<Waiting>>;

  // What waits for the writer. Shared with those who promised to wake it: they may come late.
  struct Line {
    void wake();

    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::unique_ptr<Waiting>> queue;
    bool promised = false;  // somebody will call wake()
    std::chrono::nanoseconds promised_at{};
    bool awake = false;
    bool stopping = false;
  };
  // How a unit was received. refused: it must be completed at once, with the outcome that it then has.
  enum class Received { refused, waits, needs_promise };

  Received enqueue(std::unique_ptr<Waiting>& waiting);
  void loop();
  // The next unit; nullptr when nothing waits and, with `block`, the end has come.
  std::unique_ptr<Waiting> next(bool block);
  void run_batch(std::unique_ptr<Waiting> first);
  void commit_batch(Batch& batch);
  void run(Waiting& waiting);
  void end_unit(bool keep, const LaneHeads& heads_before);
  void write_ceiling();
  void give_up(Batch& batch, const std::string& reason);

  const Surroundings surroundings_;
  const Limits limits_;
  const StoreMetrics& metrics_;
  SqliteSession session_;
  Checkpointer checkpointer_;
  const StoreMetrics::Held counted_;
  StatementWatch watch_;
  const SqlLink link_;
  SqlRows rows_;
  KeptQuery<std::tuple<>, std::tuple<>> begin_, commit_, savepoint_, release_, undo_;
  KeptQuery<std::tuple<long long>, std::tuple<>> set_ceiling_;
  HybridClock hlc_;
  base::SeededRandom ids_;
  std::uint64_t ceiling_;
  bool in_savepoint_ = false;
  CommitListeners listeners_;

  const std::shared_ptr<Line> line_ = std::make_shared<Line>();
  std::thread thread_;
};

}  // namespace cardea::store
