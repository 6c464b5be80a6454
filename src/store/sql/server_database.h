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
#include "store/sql/task_queue.h"

namespace cardea::store {

// Database on a server that several nodes of the cell share: every call runs on one of a few threads, each with a
// connection of its own. One unit of work is one transaction; the server commits those of all nodes together.
class ServerDatabase final : public Database {
 public:
  struct Limits {
    std::size_t connections = 8;  // and threads
    std::size_t queue = 4096;     // calls that may wait for a thread; more are refused with unavailable
  };

  // The database of `engine` is migrated and belongs to this cell.
  ServerDatabase(std::unique_ptr<ServerEngine> engine, const Surroundings& surroundings, std::string incarnation,
                 std::uint64_t hlc_floor, const Limits& limits);
  // Waits for what was submitted.
  ~ServerDatabase() override;

  base::awaitable<base::Result<CommitMark>> write(Body body) override;
  base::awaitable<base::Result<Record>> get(Key key) override;
  base::awaitable<base::Result<std::vector<Record>>> find(model::TenantId tenant, Kind kind, std::string_view lookup,
                                                          std::string value, std::size_t limit) override;
  base::awaitable<base::Result<Page>> page(model::TenantId tenant, Kind kind, std::string after,
                                           std::size_t limit) override;
  base::awaitable<base::Result<std::uint64_t>> count(model::TenantId tenant, Kind kind) override;
  base::awaitable<base::Result<std::string>> holder(model::TenantId tenant, std::string attribute,
                                                    std::string value) override;
  base::awaitable<base::Result<std::vector<model::Event>>> events_before(model::TenantId tenant, std::uint64_t before,
                                                                         std::size_t limit) override;
  base::awaitable<base::Result<std::vector<model::Event>>> events_after(model::TenantId tenant, std::uint64_t after,
                                                                        std::size_t limit) override;
  base::awaitable<base::Result<std::vector<model::Event>>> all_events_after(std::uint64_t after,
                                                                            std::size_t limit) override;
  base::awaitable<base::Result<std::vector<FeedEntry>>> feed(Lane lane, std::uint64_t since,
                                                             std::size_t limit) override;
  base::awaitable<base::Result<std::uint64_t>> feed_head(Lane lane) override;
  base::awaitable<base::Result<std::uint64_t>> cursor(std::string follower, Lane lane) override;
  base::awaitable<base::Result<void>> set_cursor(std::string follower, Lane lane, std::uint64_t lseq) override;
  base::awaitable<base::Result<std::vector<model::Job>>> take_jobs(std::string queue, base::Duration lease,
                                                                   std::size_t limit) override;
  base::awaitable<base::Result<void>> finish_job(std::uint64_t id) override;
  base::awaitable<base::Result<void>> postpone_job(std::uint64_t id, base::Time run_at) override;
  base::awaitable<base::Result<std::size_t>> sweep_expired(std::size_t limit) override;
  base::awaitable<base::Result<std::size_t>> forget_events(base::Time before, std::size_t limit) override;
  void on_commit(CommitListener listener) override { listeners_.add(std::move(listener)); }
  model::CellNumber cell() const override { return surroundings_.cell; }
  std::string incarnation() const override { return incarnation_; }
  base::awaitable<base::Result<void>> check() override;

 private:
  using Task = std::move_only_function<void(ServerWorker* worker)>;  // nullptr: refused
  using Before = base::Result<void> (*)(ServerWorker& worker);

  void submit(Task task);
  // Calls `call(worker)` on a thread of the database and gives its Result.
  template <class Call>
  auto on_thread(Call call) -> base::awaitable<std::invoke_result_t<Call&, ServerWorker&>>;
  // The same with `read(rows)`.
  template <class Read>
  auto reading(Read read) -> base::awaitable<std::invoke_result_t<Read&, SqlRows&>>;
  // The same, after what is committed has got its numbers.
  template <class Sequence, class Read>
  auto reading_after(Sequence sequence, Read read) -> base::awaitable<std::invoke_result_t<Read&, SqlRows&>>;
  base::Result<CommitMark> change(ServerWorker& worker, const ServerWorker::Work& work);
  base::awaitable<base::Result<void>> change(ServerWorker::Work work);

  const std::unique_ptr<ServerEngine> engine_;
  const Surroundings surroundings_;
  const std::string incarnation_;
  HybridClock hlc_;
  std::atomic<std::uint64_t> ceiling_;
  UlidSource ulids_;
  ConnectGate gate_;
  CommitListeners listeners_;
  TaskQueue<Task> tasks_;
  std::vector<std::unique_ptr<ServerWorker>> workers_;
  std::vector<std::thread> threads_;
};

}  // namespace cardea::store
