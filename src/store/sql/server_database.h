#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "store/commit_listeners.h"
#include "store/open.h"
#include "store/sql/answer.h"
#include "store/sql/server_worker.h"
#include "store/sql/sql_database.h"
#include "store/sql/task_queue.h"

namespace cardea::store {

// Database on a server that several nodes of the cell share: every call runs on one of a few threads, each with a
// connection of its own. One unit of work is one transaction; the server commits those of all nodes together.
class ServerDatabase final : public SqlDatabase<ServerDatabase> {
 public:
  struct Limits {
    std::size_t connections = 8;  // and threads
    std::size_t queue = 4096;     // calls that may wait for a thread; more are refused with unavailable
    base::Duration patience = std::chrono::seconds{12};  // with a statement; above the server's own deadline
    base::Duration slow{};                               // statements that take longer are logged; 0 = none
    ServerRole role = ServerRole::own;
    StoreMetrics metrics;
  };

  // The database of `engine` is migrated and belongs to this cell.
  ServerDatabase(std::unique_ptr<ServerEngine> engine, const Surroundings& surroundings, std::string incarnation,
                 std::uint64_t hlc_floor, const Limits& limits);
  // Waits for what was submitted.
  ~ServerDatabase() override;

  base::awaitable<base::Result<CommitMark>> write(Body body) override;
  base::awaitable<base::Result<bool>> refuses_writes() override;
  void on_news(std::function<void()> hear) override { news_.on_news(std::move(hear)); }
  void on_commit(CommitListener listener) override { listeners_.add(std::move(listener)); }

 private:
  friend class SqlDatabase<ServerDatabase>;
  using Task = std::move_only_function<void(ServerWorker* worker)>;  // nullptr: refused

  void submit(Task task);
  // Calls `call(worker)` on a thread of the database and gives its Result.
  template <class Call>
  auto on_thread(Call call) -> base::awaitable<std::invoke_result_t<Call&, ServerWorker&>>;
  template <class Read>
  auto reading(NumberFirst first, Read read) {
    return reading(first, ServerWorker::See::each_newest, std::move(read));
  }
  template <class Read>
  auto snapshot(NumberFirst first, Read read) {
    return reading(first, ServerWorker::See::one_moment, std::move(read));
  }
  template <class Read>
  auto reading(NumberFirst first, ServerWorker::See see, Read read)
      -> base::awaitable<std::invoke_result_t<Read&, SqlRows&>>;
  base::awaitable<base::Result<void>> change(NumberFirst first, ServerWorker::Work work);
  base::Result<CommitMark> change_and_tell(ServerWorker& worker, const ServerWorker::Work& work);

  const std::unique_ptr<ServerEngine> engine_;
  HybridClock hlc_;
  std::atomic<std::uint64_t> ceiling_;
  UlidSource ulids_;
  const StoreMetrics metrics_;
  ConnectGate gate_;
  SlowStatements slow_;
  Watchdog watchdog_;
  CommitListeners listeners_;
  ServerNews news_;
  TaskQueue<Task> tasks_;
  std::vector<std::unique_ptr<ServerWorker>> workers_;
  std::vector<std::thread> threads_;
};

template <class Call>
auto ServerDatabase::on_thread(Call call) -> base::awaitable<std::invoke_result_t<Call&, ServerWorker&>> {
  using Outcome = std::invoke_result_t<Call&, ServerWorker&>;
  return answered<Outcome>([this, call = std::move(call)](std::unique_ptr<Answer<Outcome>> answer) mutable {
    submit([call = std::make_optional(std::move(call)), answer = std::move(answer)](ServerWorker* worker) mutable {
      Outcome outcome = base::fail(base::Errc::unavailable, "too many calls wait for the database");
      std::exception_ptr thrown;
      try {
        if (worker != nullptr) outcome = (*call)(*worker);
      } catch (...) {
        thrown = std::current_exception();
      }
      call.reset();  // what it captured goes before its owner goes on
      answer->complete(std::move(thrown), std::move(outcome));
    });
  });
}

template <class Read>
auto ServerDatabase::reading(NumberFirst first, ServerWorker::See see, Read read)
    -> base::awaitable<std::invoke_result_t<Read&, SqlRows&>> {
  using Outcome = std::invoke_result_t<Read&, SqlRows&>;
  return on_thread([first, see, read = std::move(read)](ServerWorker& worker) mutable -> Outcome {
    if (auto done = worker.number(first); !done) return base::pass_on(done);
    Outcome outcome = base::fail(base::Errc::unavailable, "not read");
    if (auto done = worker.read([&](SqlRows& rows) { outcome = read(rows); }, see); !done) return base::pass_on(done);
    return outcome;
  });
}

}  // namespace cardea::store
