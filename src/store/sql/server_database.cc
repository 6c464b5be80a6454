#include "store/sql/server_database.h"

#include <algorithm>

namespace cardea::store {

ServerDatabase::ServerDatabase(std::unique_ptr<ServerEngine> engine, const Surroundings& surroundings,
                               std::string incarnation, std::uint64_t hlc_floor, const Limits& limits)
    : SqlDatabase(surroundings, std::move(incarnation)),
      engine_(std::move(engine)),
      hlc_(surroundings.clock, surroundings.cell, hlc_floor),
      ceiling_(hlc_floor),
      ulids_(surroundings.clock, surroundings.random),
      metrics_(limits.metrics),
      gate_(surroundings.clock),
      slow_(surroundings.clock, surroundings.log, limits.slow, metrics_),
      watchdog_(surroundings.clock, limits.patience),
      news_(*engine_, surroundings.log),
      tasks_(limits.queue) {
  const ServerShared shared{*engine_, surroundings_, hlc_,        ceiling_, ulids_,  gate_,
                            slow_,    watchdog_,     limits.role, news_,    metrics_};
  for (std::size_t i = 0; i < std::max<std::size_t>(limits.connections, 1); ++i) {
    auto& worker = workers_.emplace_back(std::make_unique<ServerWorker>(shared));
    threads_.emplace_back([this, &worker = *worker] {
      while (auto task = tasks_.pop()) {
        metrics_.waiting(-1);
        const auto busy = metrics_.in_use();
        (*task)(&worker);
      }
    });
  }
}

ServerDatabase::~ServerDatabase() {
  tasks_.close();
  for (auto& thread : threads_) thread.join();
}

void ServerDatabase::submit(Task task) {
  metrics_.waiting(1);
  if (tasks_.push(task)) return;
  metrics_.waiting(-1);
  task(nullptr);
}

base::Result<CommitMark> ServerDatabase::change_and_tell(ServerWorker& worker, const ServerWorker::Work& work) {
  auto outcome = worker.change(work);
  if (outcome && !outcome->written.empty()) listeners_.tell(*outcome);
  return outcome;
}

base::awaitable<base::Result<void>> ServerDatabase::change(NumberFirst first, ServerWorker::Work work) {
  return on_thread([this, first, work = std::move(work)](ServerWorker& worker) -> base::Result<void> {
    if (auto done = worker.number(first); !done) return done;
    if (auto done = change_and_tell(worker, work); !done) return base::pass_on(done);
    return {};
  });
}

base::awaitable<base::Result<bool>> ServerDatabase::refuses_writes() {
  return on_thread([](ServerWorker& worker) { return worker.refuses_writes(); });
}

base::awaitable<base::Result<CommitMark>> ServerDatabase::write(Body body) {
  if (writes_refused()) co_return base::fail(base::Errc::read_only, std::string(kWritesRefused));
  co_return co_await on_thread([this, body = std::move(body)](ServerWorker& worker) {
    return change_and_tell(worker, [&body](UnitOfWork& unit, SqlRows&) { return body(unit); });
  });
}

}  // namespace cardea::store
