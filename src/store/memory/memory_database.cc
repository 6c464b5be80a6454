#include "store/memory/memory_database.h"

#include <algorithm>
#include <bit>

#include "base/ulid.h"
#include "store/memory/memory_faults.h"
#include "store/row_text.h"

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

base::Result<CommitMark> MemoryDatabase::run(const PeerBody& body) {
  const std::scoped_lock lock(mutex_);
  UnitOfWork unit(rows_, {hlc_, surroundings_.keys, ids_, surroundings_.import}, surroundings_.clock.now());
  const UndoUnlessCommitted undo{rows_};
  const auto done = body(unit, rows_);
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

base::awaitable<base::Result<CommitMark>> MemoryDatabase::write(Database::Body body) {
  if (writes_refused()) co_return base::fail(base::Errc::read_only, std::string(kWritesRefused));
  auto mark = run([&](Transaction& transaction, PeerTables&) { return body(transaction); });
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

base::awaitable<base::Result<void>> MemoryDatabase::apply(PeerBody body) {
  auto mark = run(body);
  if (!mark) co_return base::pass_on(mark);
  if (!mark->written.empty()) listeners_.tell(*mark);
  co_return base::Result<void>{};
}

base::awaitable<base::Result<std::vector<RowVersion>>> MemoryDatabase::versions(Kind kind, model::TenantId tenant,
                                                                                std::string id, std::size_t limit) {
  co_return reading([&](UnitOfWork&) { return rows_.versions(kind, tenant.value, id, limit); });
}

base::awaitable<base::Result<std::vector<Record>>> MemoryDatabase::stored(std::vector<Key> keys) {
  co_return reading([&](UnitOfWork&) -> base::Result<std::vector<Record>> {
    std::vector<Record> out;
    for (const auto& key : keys) {
      const auto row = rows_.read(key);
      if (!row) continue;
      auto record = read_row(key, *row);
      if (!record) return base::pass_on(record);
      out.push_back(std::move(*record));
    }
    return out;
  });
}

base::awaitable<base::Result<std::vector<Quarantined>>> MemoryDatabase::quarantined(std::string after,
                                                                                    std::size_t limit) {
  const std::scoped_lock lock(mutex_);
  std::vector<Quarantined> out;
  for (auto at = rows_.quarantined.upper_bound(after); at != rows_.quarantined.end() && out.size() < limit; ++at)
    out.push_back(at->second);
  co_return out;
}

base::awaitable<base::Result<std::vector<Quarantined>>> MemoryDatabase::quarantined_due(base::Time now,
                                                                                        std::size_t limit) {
  const std::scoped_lock lock(mutex_);
  std::vector<Quarantined> out;
  for (const auto& [slot, row] : rows_.quarantined)
    if (row.due != base::Time{} && row.due <= now) out.push_back(row);
  std::ranges::sort(out, {}, [](const Quarantined& row) { return std::tie(row.due, row.slot); });
  out.resize(std::min(out.size(), limit));
  co_return out;
}

base::awaitable<base::Result<QuarantineSize>> MemoryDatabase::quarantine_size() {
  const std::scoped_lock lock(mutex_);
  QuarantineSize out;
  for (const auto& [slot, row] : rows_.quarantined) {
    ++out.rows;
    out.held += row.due != base::Time{} ? 1 : 0;
  }
  co_return out;
}

base::awaitable<base::Result<std::vector<PeerAck>>> MemoryDatabase::acknowledgements() {
  const auto name = incarnation();
  const std::scoped_lock lock(mutex_);
  std::vector<PeerAck> out;
  for (const auto& [of, ack] : rows_.acknowledgements)
    if (std::get<0>(of) == name) out.push_back(ack);
  co_return out;
}

base::awaitable<base::Result<std::string>> MemoryDatabase::renew_incarnation(std::string known, std::string next) {
  const std::scoped_lock lock(identity_);
  if (incarnation_ == known) incarnation_ = std::move(next);
  co_return incarnation_;
}

std::function<void()> MemoryDatabase::remember() {
  const std::scoped_lock lock(mutex_, identity_);
  return [this, rows = rows_, incarnation = incarnation_] {
    const std::scoped_lock lock_again(mutex_, identity_);
    rows_ = rows;
    incarnation_ = incarnation;
  };
}

bool MemoryDatabase::lose(const Key& key) {
  const std::scoped_lock lock(mutex_);
  return rows_.lose(key);
}

std::function<void()> remember(Database& memory) { return dynamic_cast<MemoryDatabase&>(memory).remember(); }

bool lose(Database& memory, const Key& key) { return dynamic_cast<MemoryDatabase&>(memory).lose(key); }

std::unique_ptr<Database> open_memory(const Surroundings& surroundings) {
  return std::make_unique<MemoryDatabase>(surroundings);
}

}  // namespace cardea::store
