#include "store/memory/memory_database.h"

#include <algorithm>
#include <bit>

#include "base/ulid.h"

namespace cardea::store {
namespace {

std::uint64_t make_seed(base::Random& random) {
  std::array<std::uint8_t, 8> bytes;
  random.fill(bytes);
  return std::bit_cast<std::uint64_t>(bytes);
}

// Also when the body throws. After a commit there is nothing left to undo.
struct UndoUnlessCommitted {
  MemoryRows& rows;
  ~UndoUnlessCommitted() { rows.roll_back(); }
};

}  // namespace

MemoryDatabase::MemoryDatabase(const Surroundings& surroundings)
    : surroundings_(surroundings),
      incarnation_(base::new_ulid(surroundings.clock, surroundings.random)),
      ids_(make_seed(surroundings.random)),
      hlc_(surroundings.clock, surroundings.cell) {}

base::Result<CommitMark> MemoryDatabase::run(const Body& body) {
  const std::scoped_lock lock(mutex_);
  UnitOfWork unit(rows_, {hlc_, surroundings_.keys, ids_, surroundings_.import}, surroundings_.clock.now());
  const UndoUnlessCommitted undo{rows_};
  const auto done = body(unit);
  if (!done) return base::pass_on(done);
  rows_.commit();
  return std::move(unit).mark();
}

template <class Read>
auto MemoryDatabase::reading(Read read) {
  const std::scoped_lock lock(mutex_);
  UnitOfWork unit(rows_, {hlc_, surroundings_.keys, ids_, surroundings_.import}, surroundings_.clock.now());
  return read(unit);
}

base::awaitable<base::Result<CommitMark>> MemoryDatabase::write(Body body) {
  auto mark = run(body);
  if (mark && !mark->written.empty()) listeners_.tell(*mark);
  co_return mark;
}

base::awaitable<base::Result<Record>> MemoryDatabase::get(Key key) {
  co_return reading([&](UnitOfWork& unit) { return unit.get(key); });
}

base::awaitable<base::Result<std::vector<Record>>> MemoryDatabase::find(model::TenantId tenant, Kind kind,
                                                                        std::string_view lookup, std::string value,
                                                                        std::size_t limit) {
  co_return reading([&](UnitOfWork& unit) { return unit.find(tenant, kind, lookup, value, limit); });
}

base::awaitable<base::Result<Page>> MemoryDatabase::page(model::TenantId tenant, Kind kind, std::string after,
                                                         std::size_t limit) {
  co_return reading([&](UnitOfWork& unit) { return unit.page(tenant, kind, after, limit); });
}

base::awaitable<base::Result<std::uint64_t>> MemoryDatabase::count(model::TenantId tenant, Kind kind) {
  co_return reading([&](UnitOfWork& unit) { return rows_.count(tenant, kind, unit.now()); });
}

base::awaitable<base::Result<std::string>> MemoryDatabase::holder(model::TenantId tenant, std::string attribute,
                                                                  std::string value) {
  co_return reading([&](UnitOfWork& unit) { return unit.holder(tenant, attribute, value); });
}

base::awaitable<base::Result<std::vector<model::Event>>> MemoryDatabase::events_before(model::TenantId tenant,
                                                                                       std::uint64_t before,
                                                                                       std::size_t limit) {
  co_return reading([&](UnitOfWork&) { return rows_.events_before(tenant, before, limit); });
}

base::awaitable<base::Result<std::vector<model::Event>>> MemoryDatabase::events_after(model::TenantId tenant,
                                                                                      std::uint64_t after,
                                                                                      std::size_t limit) {
  co_return reading([&](UnitOfWork&) { return rows_.events_after(&tenant, after, limit); });
}

base::awaitable<base::Result<std::vector<model::Event>>> MemoryDatabase::all_events_after(std::uint64_t after,
                                                                                          std::size_t limit) {
  co_return reading([&](UnitOfWork&) { return rows_.events_after(nullptr, after, limit); });
}

base::awaitable<base::Result<std::vector<FeedEntry>>> MemoryDatabase::feed(Lane lane, std::uint64_t since,
                                                                           std::size_t limit) {
  co_return reading([&](UnitOfWork&) { return rows_.feed(lane, since, limit); });
}

base::awaitable<base::Result<Changes>> MemoryDatabase::changes(Lane lane, std::uint64_t since, std::size_t most,
                                                               std::size_t bytes) {
  co_return reading([&](UnitOfWork&) { return rows_.changes(lane, since, most, bytes); });
}

base::awaitable<base::Result<std::uint64_t>> MemoryDatabase::feed_head(Lane lane) {
  co_return reading([&](UnitOfWork&) { return rows_.feed_head(lane); });
}

base::awaitable<base::Result<std::uint64_t>> MemoryDatabase::cursor(std::string follower, Lane lane) {
  const std::scoped_lock lock(mutex_);
  const auto found = rows_.cursors.find({follower, lane});
  co_return found == rows_.cursors.end() ? 0 : found->second;
}

base::awaitable<base::Result<void>> MemoryDatabase::set_cursor(std::string follower, Lane lane, std::uint64_t lseq) {
  const std::scoped_lock lock(mutex_);
  rows_.cursors[{follower, lane}] = lseq;
  co_return base::Result<void>{};
}

base::awaitable<base::Result<std::vector<model::Job>>> MemoryDatabase::take_jobs(std::string queue,
                                                                                 base::Duration lease,
                                                                                 std::size_t limit) {
  const std::scoped_lock lock(mutex_);
  const auto now = surroundings_.clock.now();
  std::vector<model::Job*> due;
  for (auto& [id, job] : rows_.jobs)
    if (job.queue == queue && job.run_at <= now) due.push_back(&job);
  std::ranges::sort(due, {}, [](const model::Job* job) { return std::pair(job->run_at, job->id); });
  std::vector<model::Job> taken;
  for (auto* job : due) {
    if (taken.size() == limit) break;
    job->attempts += 1;
    taken.push_back(*job);
    job->run_at = now + lease;
  }
  co_return taken;
}

base::awaitable<base::Result<void>> MemoryDatabase::finish_job(std::uint64_t id) {
  const std::scoped_lock lock(mutex_);
  rows_.jobs.erase(id);
  co_return base::Result<void>{};
}

base::awaitable<base::Result<void>> MemoryDatabase::postpone_job(std::uint64_t id, base::Time run_at) {
  const std::scoped_lock lock(mutex_);
  const auto found = rows_.jobs.find(id);
  if (found == rows_.jobs.end()) co_return base::fail(base::Errc::not_found, "no such job");
  found->second.run_at = run_at;
  co_return base::Result<void>{};
}

base::awaitable<base::Result<std::size_t>> MemoryDatabase::sweep_expired(std::size_t limit) {
  const std::scoped_lock lock(mutex_);
  co_return rows_.sweep(surroundings_.clock.now() - std::chrono::hours{1}, limit);
}

base::awaitable<base::Result<std::size_t>> MemoryDatabase::forget_events(base::Time before, std::size_t limit) {
  const std::scoped_lock lock(mutex_);
  co_return rows_.forget_events(before, limit);
}

void MemoryDatabase::on_commit(CommitListener listener) { listeners_.add(std::move(listener)); }

base::awaitable<base::Result<void>> MemoryDatabase::check() { co_return base::Result<void>{}; }

std::unique_ptr<Database> open_memory(const Surroundings& surroundings) {
  return std::make_unique<MemoryDatabase>(surroundings);
}

}  // namespace cardea::store
