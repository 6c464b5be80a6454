#include "store/sql/server_database.h"

#include <algorithm>

#include "store/claims.h"
#include "store/row_text.h"

namespace cardea::store {
namespace {

base::Result<void> as_done(const base::Result<CommitMark>& outcome) {
  if (!outcome) return base::pass_on(outcome);
  return {};
}

auto sequence_rows(Lane lane) {
  return [lane](ServerWorker& worker) { return worker.sequence_rows(lane); };
}

constexpr auto sequence_events = [](ServerWorker& worker) { return worker.sequence_events(); };

}  // namespace

ServerDatabase::ServerDatabase(std::unique_ptr<ServerEngine> engine, const Surroundings& surroundings,
                               std::string incarnation, std::uint64_t hlc_floor, const Limits& limits)
    : engine_(std::move(engine)),
      surroundings_(surroundings),
      incarnation_(std::move(incarnation)),
      hlc_(surroundings.clock, surroundings.cell, hlc_floor),
      ceiling_(hlc_floor),
      ulids_(surroundings.clock, surroundings.random),
      gate_(surroundings.clock),
      tasks_(limits.queue) {
  const ServerShared shared{*engine_, surroundings_, hlc_, ceiling_, ulids_, gate_};
  for (std::size_t i = 0; i < std::max<std::size_t>(limits.connections, 1); ++i) {
    auto& worker = workers_.emplace_back(std::make_unique<ServerWorker>(shared));
    threads_.emplace_back([this, &worker = *worker] {
      while (auto task = tasks_.pop()) (*task)(&worker);
    });
  }
}

ServerDatabase::~ServerDatabase() {
  tasks_.close();
  for (auto& thread : threads_) thread.join();
}

void ServerDatabase::submit(Task task) {
  if (!tasks_.push(task)) task(nullptr);
}

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

template <class Sequence, class Read>
auto ServerDatabase::reading_after(Sequence sequence, Read read)
    -> base::awaitable<std::invoke_result_t<Read&, SqlRows&>> {
  using Outcome = std::invoke_result_t<Read&, SqlRows&>;
  return on_thread([sequence, read = std::move(read)](ServerWorker& worker) mutable -> Outcome {
    if (auto done = sequence(worker); !done) return base::pass_on(done);
    Outcome outcome = base::fail(base::Errc::unavailable, "not read");
    if (auto done = worker.read([&](SqlRows& rows) { outcome = read(rows); }); !done) return base::pass_on(done);
    return outcome;
  });
}

template <class Read>
auto ServerDatabase::reading(Read read) -> base::awaitable<std::invoke_result_t<Read&, SqlRows&>> {
  return reading_after([](ServerWorker&) { return base::Result<void>{}; }, std::move(read));
}

base::Result<CommitMark> ServerDatabase::change(ServerWorker& worker, const ServerWorker::Work& work) {
  auto outcome = worker.change(work);
  if (outcome && !outcome->written.empty()) listeners_.tell(*outcome);
  return outcome;
}

base::awaitable<base::Result<void>> ServerDatabase::change(ServerWorker::Work work) {
  return on_thread([this, work = std::move(work)](ServerWorker& worker) { return as_done(change(worker, work)); });
}

base::awaitable<base::Result<CommitMark>> ServerDatabase::write(Body body) {
  return on_thread([this, body = std::move(body)](ServerWorker& worker) {
    return change(worker, [&body](UnitOfWork& unit, SqlRows&) { return body(unit); });
  });
}

base::awaitable<base::Result<Record>> ServerDatabase::get(Key key) {
  return reading([this, key = std::move(key)](SqlRows& rows) {
    return read_live_row(key, rows.read(key), surroundings_.clock.now());
  });
}

base::awaitable<base::Result<std::vector<Record>>> ServerDatabase::find(model::TenantId tenant, Kind kind,
                                                                        std::string_view lookup, std::string value,
                                                                        std::size_t limit) {
  const std::size_t index = lookup_index(kind, lookup);
  if (value.empty()) co_return std::vector<Record>{};
  co_return co_await reading([&](SqlRows& rows) {
    const auto now = surroundings_.clock.now();
    return read_rows(tenant, kind, rows.list(tenant, kind, index, value, "", now, std::min(limit, kMaxRows)));
  });
}

base::awaitable<base::Result<Page>> ServerDatabase::page(model::TenantId tenant, Kind kind, std::string after,
                                                         std::size_t limit) {
  limit = std::clamp<std::size_t>(limit, 1, kMaxRows);
  co_return co_await reading([&](SqlRows& rows) {
    const auto now = surroundings_.clock.now();
    return read_page(tenant, kind, rows.list(tenant, kind, std::nullopt, "", after, now, limit + 1), limit);
  });
}

base::awaitable<base::Result<std::uint64_t>> ServerDatabase::count(model::TenantId tenant, Kind kind) {
  return reading([this, tenant = std::move(tenant), kind](SqlRows& rows) -> base::Result<std::uint64_t> {
    return rows.count(tenant, kind, surroundings_.clock.now());
  });
}

base::awaitable<base::Result<std::string>> ServerDatabase::holder(model::TenantId tenant, std::string attribute,
                                                                  std::string value) {
  return find_holder(*this, surroundings_.keys, std::move(tenant), std::move(attribute), std::move(value));
}

base::awaitable<base::Result<std::vector<model::Event>>> ServerDatabase::events_before(model::TenantId tenant,
                                                                                       std::uint64_t before,
                                                                                       std::size_t limit) {
  return reading_after(sequence_events,
                       [=, tenant = std::move(tenant)](SqlRows& rows) -> base::Result<std::vector<model::Event>> {
                         return rows.journal().events_before(tenant, before, std::min(limit, kMaxRows));
                       });
}

base::awaitable<base::Result<std::vector<model::Event>>> ServerDatabase::events_after(model::TenantId tenant,
                                                                                      std::uint64_t after,
                                                                                      std::size_t limit) {
  return reading_after(sequence_events,
                       [=, tenant = std::move(tenant)](SqlRows& rows) -> base::Result<std::vector<model::Event>> {
                         return rows.journal().events_after(&tenant, after, std::min(limit, kMaxRows));
                       });
}

base::awaitable<base::Result<std::vector<model::Event>>> ServerDatabase::all_events_after(std::uint64_t after,
                                                                                          std::size_t limit) {
  return reading_after(sequence_events, [=](SqlRows& rows) -> base::Result<std::vector<model::Event>> {
    return rows.journal().events_after(nullptr, after, std::min(limit, kMaxRows));
  });
}

base::awaitable<base::Result<std::vector<FeedEntry>>> ServerDatabase::feed(Lane lane, std::uint64_t since,
                                                                           std::size_t limit) {
  return reading_after(sequence_rows(lane), [=](SqlRows& rows) -> base::Result<std::vector<FeedEntry>> {
    return rows.feed().read(lane, since, limit);
  });
}

base::awaitable<base::Result<std::uint64_t>> ServerDatabase::feed_head(Lane lane) {
  return reading_after(sequence_rows(lane),
                       [=](SqlRows& rows) -> base::Result<std::uint64_t> { return rows.feed().head(lane); });
}

base::awaitable<base::Result<std::uint64_t>> ServerDatabase::cursor(std::string follower, Lane lane) {
  return reading([=, follower = std::move(follower)](SqlRows& rows) -> base::Result<std::uint64_t> {
    return rows.feed().cursor(follower, lane);
  });
}

base::awaitable<base::Result<void>> ServerDatabase::set_cursor(std::string follower, Lane lane, std::uint64_t lseq) {
  return change([=](UnitOfWork&, SqlRows& rows) -> base::Result<void> {
    rows.feed().set_cursor(follower, lane, lseq);
    return {};
  });
}

base::awaitable<base::Result<std::vector<model::Job>>> ServerDatabase::take_jobs(std::string queue,
                                                                                 base::Duration lease,
                                                                                 std::size_t limit) {
  // Workers ask often and find nothing most times: then nothing is written.
  const auto due = co_await reading(
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

base::awaitable<base::Result<void>> ServerDatabase::finish_job(std::uint64_t id) {
  return change([id](UnitOfWork&, SqlRows& rows) -> base::Result<void> {
    rows.journal().finish(id);
    return {};
  });
}

base::awaitable<base::Result<void>> ServerDatabase::postpone_job(std::uint64_t id, base::Time run_at) {
  return change([id, run_at](UnitOfWork&, SqlRows& rows) -> base::Result<void> {
    if (!rows.journal().postpone(id, run_at)) return base::fail(base::Errc::not_found, "no such job");
    return {};
  });
}

// The feed first: an entry that got its number after its row has gone would stay for ever.
base::awaitable<base::Result<std::size_t>> ServerDatabase::sweep_expired(std::size_t limit) {
  return on_thread([this, limit](ServerWorker& worker) -> base::Result<std::size_t> {
    for (const Lane lane : {Lane::hot, Lane::bulk})
      if (auto done = worker.sequence_rows(lane); !done) return base::pass_on(done);
    std::size_t removed = 0;
    auto done = change(worker, [&](UnitOfWork& unit, SqlRows& rows) -> base::Result<void> {
      removed = rows.sweep(unit.now() - std::chrono::hours{1}, std::min(limit, kMaxRows));
      return {};
    });
    if (!done) return base::pass_on(done);
    return removed;
  });
}

base::awaitable<base::Result<std::size_t>> ServerDatabase::forget_events(base::Time before, std::size_t limit) {
  return on_thread([=, this](ServerWorker& worker) -> base::Result<std::size_t> {
    if (auto done = worker.sequence_events(); !done) return base::pass_on(done);
    std::size_t removed = 0;
    auto done = change(worker, [&](UnitOfWork&, SqlRows& rows) -> base::Result<void> {
      removed = rows.journal().forget(before, std::min(limit, kMaxRows));
      return {};
    });
    if (!done) return base::pass_on(done);
    return removed;
  });
}

base::awaitable<base::Result<void>> ServerDatabase::check() {
  const auto read =
      co_await reading([](SqlRows& rows) -> base::Result<std::uint64_t> { return rows.feed().cursor("", Lane::hot); });
  if (!read) co_return base::pass_on(read);
  co_return co_await change([](UnitOfWork& unit, SqlRows& rows) -> base::Result<void> {
    rows.feed().set_cursor("health", Lane::bulk, static_cast<std::uint64_t>(base::to_millis(unit.now())));
    return {};
  });
}

}  // namespace cardea::store
