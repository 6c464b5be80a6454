#include "store/sql/sqlite_database.h"

#include <algorithm>

#include "store/claims.h"
#include "store/row_text.h"

namespace cardea::store {
SqliteDatabase::SqliteDatabase(const SqliteFile& file, const Surroundings& surroundings, std::string incarnation,
                               std::uint64_t hlc_floor, GroupCommit::Limits limits)
    : file_(file),
      surroundings_(surroundings),
      incarnation_(std::move(incarnation)),
      writer_(file, surroundings, hlc_floor, limits) {}

std::unique_ptr<SqliteDatabase::Reader> SqliteDatabase::borrow() {
  {
    const std::scoped_lock lock(mutex_);
    if (!idle_.empty()) {
      auto reader = std::move(idle_.back());
      idle_.pop_back();
      return reader;
    }
  }
  return std::make_unique<Reader>(file_);
}

void SqliteDatabase::give_back(std::unique_ptr<Reader> reader) {
  const std::scoped_lock lock(mutex_);
  idle_.push_back(std::move(reader));
}

template <class Read>
std::invoke_result_t<Read, SqlRows&> SqliteDatabase::reading(Read read) {
  try {
    auto reader = borrow();
    auto out = read(reader->rows);
    give_back(std::move(reader));  // not after a failure
    return out;
  } catch (const soci::soci_error& error) {
    surroundings_.log.error("store: a read failed", {{"reason", reason_of(error)}});
    return base::fail(base::Errc::unavailable, reason_of(error));
  }
}

base::awaitable<base::Result<CommitMark>> SqliteDatabase::write(Body body) {
  return writer_.submit([body = std::move(body)](UnitOfWork& unit, SqlRows&) { return body(unit); });
}

base::awaitable<base::Result<void>> SqliteDatabase::change(GroupCommit::Work work) {
  auto done = co_await writer_.submit(std::move(work));
  if (!done) co_return base::pass_on(done);
  co_return base::Result<void>{};
}

base::awaitable<base::Result<Record>> SqliteDatabase::get(Key key) {
  co_return reading([&](SqlRows& rows) { return read_live_row(key, rows.read(key), surroundings_.clock.now()); });
}

base::awaitable<base::Result<std::vector<Record>>> SqliteDatabase::find(model::TenantId tenant, Kind kind,
                                                                        std::string_view lookup, std::string value,
                                                                        std::size_t limit) {
  const std::size_t index = lookup_index(kind, lookup);
  if (value.empty()) co_return std::vector<Record>{};
  co_return reading([&](SqlRows& rows) {
    const auto now = surroundings_.clock.now();
    return read_rows(tenant, kind, rows.list(tenant, kind, index, value, "", now, std::min(limit, kMaxRows)));
  });
}

base::awaitable<base::Result<Page>> SqliteDatabase::page(model::TenantId tenant, Kind kind, std::string after,
                                                         std::size_t limit) {
  limit = std::clamp<std::size_t>(limit, 1, kMaxRows);
  co_return reading([&](SqlRows& rows) {
    const auto now = surroundings_.clock.now();
    return read_page(tenant, kind, rows.list(tenant, kind, std::nullopt, "", after, now, limit + 1), limit);
  });
}

base::awaitable<base::Result<std::uint64_t>> SqliteDatabase::count(model::TenantId tenant, Kind kind) {
  co_return reading([&](SqlRows& rows) -> base::Result<std::uint64_t> {
    return rows.count(tenant, kind, surroundings_.clock.now());
  });
}

base::awaitable<base::Result<std::string>> SqliteDatabase::holder(model::TenantId tenant, std::string attribute,
                                                                  std::string value) {
  return find_holder(*this, surroundings_.keys, std::move(tenant), std::move(attribute), std::move(value));
}

base::awaitable<base::Result<std::vector<model::Event>>> SqliteDatabase::events_before(model::TenantId tenant,
                                                                                       std::uint64_t before,
                                                                                       std::size_t limit) {
  co_return reading([&](SqlRows& rows) -> base::Result<std::vector<model::Event>> {
    return rows.journal().events_before(tenant, before, std::min(limit, kMaxRows));
  });
}

base::awaitable<base::Result<std::vector<model::Event>>> SqliteDatabase::events_after(model::TenantId tenant,
                                                                                      std::uint64_t after,
                                                                                      std::size_t limit) {
  co_return reading([&](SqlRows& rows) -> base::Result<std::vector<model::Event>> {
    return rows.journal().events_after(&tenant, after, std::min(limit, kMaxRows));
  });
}

base::awaitable<base::Result<std::vector<model::Event>>> SqliteDatabase::all_events_after(std::uint64_t after,
                                                                                          std::size_t limit) {
  co_return reading([&](SqlRows& rows) -> base::Result<std::vector<model::Event>> {
    return rows.journal().events_after(nullptr, after, std::min(limit, kMaxRows));
  });
}

base::awaitable<base::Result<std::vector<FeedEntry>>> SqliteDatabase::feed(Lane lane, std::uint64_t since,
                                                                           std::size_t limit) {
  co_return reading(
      [&](SqlRows& rows) -> base::Result<std::vector<FeedEntry>> { return rows.feed().read(lane, since, limit); });
}

base::awaitable<base::Result<std::uint64_t>> SqliteDatabase::feed_head(Lane lane) {
  co_return reading([&](SqlRows& rows) -> base::Result<std::uint64_t> { return rows.feed().head(lane); });
}

base::awaitable<base::Result<std::uint64_t>> SqliteDatabase::cursor(std::string follower, Lane lane) {
  co_return reading([&](SqlRows& rows) -> base::Result<std::uint64_t> { return rows.feed().cursor(follower, lane); });
}

base::awaitable<base::Result<void>> SqliteDatabase::set_cursor(std::string follower, Lane lane, std::uint64_t lseq) {
  return change([=](UnitOfWork&, SqlRows& rows) -> base::Result<void> {
    rows.feed().set_cursor(follower, lane, lseq);
    return {};
  });
}

base::awaitable<base::Result<std::vector<model::Job>>> SqliteDatabase::take_jobs(std::string queue,
                                                                                 base::Duration lease,
                                                                                 std::size_t limit) {
  // Workers ask often and find nothing most times: then nothing is written.
  const auto due = reading(
      [&](SqlRows& rows) -> base::Result<bool> { return rows.journal().has_due(queue, surroundings_.clock.now()); });
  if (!due) co_return base::pass_on(due);
  std::vector<model::Job> jobs;
  if (!*due) co_return jobs;
  auto done = co_await change([&](UnitOfWork& unit, SqlRows& rows) -> base::Result<void> {
    jobs = rows.journal().take(queue, unit.now(), lease, std::min(limit, kMaxRows));
    return {};
  });
  if (!done) co_return base::pass_on(done);
  co_return jobs;
}

base::awaitable<base::Result<void>> SqliteDatabase::finish_job(std::uint64_t id) {
  return change([id](UnitOfWork&, SqlRows& rows) -> base::Result<void> {
    rows.journal().finish(id);
    return {};
  });
}

base::awaitable<base::Result<void>> SqliteDatabase::postpone_job(std::uint64_t id, base::Time run_at) {
  return change([id, run_at](UnitOfWork&, SqlRows& rows) -> base::Result<void> {
    if (!rows.journal().postpone(id, run_at)) return base::fail(base::Errc::not_found, "no such job");
    return {};
  });
}

base::awaitable<base::Result<std::size_t>> SqliteDatabase::sweep_expired(std::size_t limit) {
  std::size_t removed = 0;
  auto done = co_await change([&](UnitOfWork& unit, SqlRows& rows) -> base::Result<void> {
    removed = rows.sweep(unit.now() - std::chrono::hours{1}, std::min(limit, kMaxRows));
    return {};
  });
  if (!done) co_return base::pass_on(done);
  co_return removed;
}

base::awaitable<base::Result<std::size_t>> SqliteDatabase::forget_events(base::Time before, std::size_t limit) {
  std::size_t removed = 0;
  auto done = co_await change([&](UnitOfWork&, SqlRows& rows) -> base::Result<void> {
    removed = rows.journal().forget(before, std::min(limit, kMaxRows));
    return {};
  });
  if (!done) co_return base::pass_on(done);
  co_return removed;
}

base::awaitable<base::Result<void>> SqliteDatabase::check() {
  const auto read =
      reading([](SqlRows& rows) -> base::Result<std::uint64_t> { return rows.feed().cursor("", Lane::hot); });
  if (!read) co_return base::pass_on(read);
  co_return co_await change([](UnitOfWork& unit, SqlRows& rows) -> base::Result<void> {
    rows.feed().set_cursor("health", Lane::bulk, static_cast<std::uint64_t>(base::to_millis(unit.now())));
    return {};
  });
}

}  // namespace cardea::store
