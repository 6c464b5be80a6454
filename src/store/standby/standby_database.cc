#include "store/standby/standby_database.h"

#include <algorithm>

#include "store/standby/shipping.h"

namespace cardea::store {
namespace {

using base::awaitable;
using base::Errc;
using base::Result;

// Marks the jobs and the events of the side.
constexpr std::uint64_t kOfSide = 1ULL << 48;

void mark(std::vector<model::Event>& events) {
  for (auto& event : events) event.seq += kOfSide;
}

void append(std::vector<model::Event>& events, std::vector<model::Event> more, std::size_t limit) {
  for (auto& event : more)
    if (events.size() < limit) events.push_back(std::move(event));
}

}  // namespace

StandbyDatabase::StandbyDatabase(std::unique_ptr<Database> main, std::unique_ptr<Database> side, bool read_only,
                                 const base::Clock& clock, base::Log& log)
    : main_(std::move(main)), side_(std::move(side)), clock_(clock), log_(log), read_only_(read_only) {}

awaitable<void> StandbyDatabase::follow() {
  const auto now = co_await main_->refuses_writes();
  if (!now || *now == read_only_) co_return;
  if (*now) {
    log_.warn("store: the database takes no writes; this cell is a standby");
    read_only_ = true;
    co_return;
  }
  log_.warn("store: the database takes writes; bringing over what this cell kept beside it");
  if (const auto done = co_await change_over(); !done)
    log_.error("store: could not be brought over; trying again", {{"reason", done.error().reason}});
  else
    log_.warn("store: this cell writes to its database from now on");
}

// First with logins going on, then the little that they wrote meanwhile with nobody writing. What was shipped to the
// primary before may have been lost with it.
awaitable<Result<void>> StandbyDatabase::change_over() {
  if (auto anew = co_await ship_rows_anew(*side_); !anew) co_return base::pass_on(anew);
  if (auto shipped = co_await ship(*side_, *main_); !shipped) co_return base::pass_on(shipped);
  changing_over_ = true;
  const auto shipped = co_await ship(*side_, *main_);
  if (shipped) read_only_ = false;
  changing_over_ = false;
  if (!shipped) co_return base::pass_on(shipped);
  // What was committed to the side while the last of it was read.
  const auto last = co_await ship(*side_, *main_);
  if (!last) co_return base::pass_on(last);
  co_return Result<void>{};
}

awaitable<Result<CommitMark>> StandbyDatabase::write(Body body) {
  if (changing_over_) co_return base::fail(Errc::unavailable, "the database is being changed over");
  if (!read_only_) co_return co_await main_->write(std::move(body));
  co_return co_await side_->write([this, body = std::move(body)](Transaction& side) {
    StandbyUnit unit(side, reader_);
    return body(unit);
  });
}

awaitable<Result<Record>> StandbyDatabase::get(Key key) {
  if (!read_only_ || !lives_aside(key.kind)) co_return co_await main_->get(std::move(key));
  const auto main = co_await main_->get(key);
  const auto side = co_await side_->get(std::move(key));
  co_return merged_row(main, side, clock_.now());
}

awaitable<Result<std::vector<Record>>> StandbyDatabase::find(model::TenantId tenant, Kind kind, std::string_view lookup,
                                                             std::string value, std::size_t limit) {
  const auto main = co_await main_->find(tenant, kind, lookup, value, limit);
  if (!main || !read_only_ || !lives_aside(kind)) co_return main;
  const auto side = co_await side_->find(tenant, kind, lookup, value, limit);
  if (!side) co_return side;
  // A row that the side has changed out of the look-up is still in the main list.
  std::map<Key, Result<Record>> changed;
  for (const auto& row : *main) changed.emplace(row.key, co_await side_->get(row.key));
  const auto side_of = [&](const Key& key) { return changed.at(key); };
  co_return merged_list(kind, lookup, value, *main, *side, side_of, clock_.now(), limit);
}

// Lists for people: what a standby has changed of a row shows when it is asked for.
awaitable<Result<Page>> StandbyDatabase::page(model::TenantId tenant, Kind kind, std::string after, std::size_t limit) {
  return main_->page(std::move(tenant), kind, std::move(after), limit);
}

awaitable<Result<std::uint64_t>> StandbyDatabase::count(model::TenantId tenant, Kind kind) {
  return main_->count(std::move(tenant), kind);
}

awaitable<Result<std::string>> StandbyDatabase::holder(model::TenantId tenant, std::string attribute,
                                                       std::string value) {
  return main_->holder(std::move(tenant), std::move(attribute), std::move(value));
}

awaitable<Result<std::vector<model::Event>>> StandbyDatabase::events_before(model::TenantId tenant,
                                                                            std::uint64_t before, std::size_t limit) {
  if (!read_only_) co_return co_await main_->events_before(std::move(tenant), before, limit);
  std::vector<model::Event> events;
  if (before == 0 || before > kOfSide) {
    auto newest = co_await side_->events_before(tenant, before == 0 ? 0 : before - kOfSide, limit);
    if (!newest) co_return newest;
    const auto shipped = co_await shipped_events(*side_);
    if (!shipped) co_return base::pass_on(shipped);
    std::erase_if(*newest, [&](const model::Event& event) { return event.seq <= *shipped; });
    mark(*newest);
    events = std::move(*newest);
  }
  if (events.size() >= limit) co_return events;
  auto older = co_await main_->events_before(std::move(tenant), before >= kOfSide ? 0 : before, limit);
  if (!older) co_return older;
  append(events, std::move(*older), limit);
  co_return events;
}

awaitable<Result<std::vector<model::Event>>> StandbyDatabase::events_after(model::TenantId tenant, std::uint64_t after,
                                                                           std::size_t limit) {
  if (!read_only_) co_return co_await main_->events_after(std::move(tenant), after, limit);
  std::vector<model::Event> events;
  if (after < kOfSide) {
    auto older = co_await main_->events_after(tenant, after, limit);
    if (!older) co_return older;
    events = std::move(*older);
  }
  if (events.size() >= limit) co_return events;
  const auto shipped = co_await shipped_events(*side_);
  if (!shipped) co_return base::pass_on(shipped);
  const auto begin = std::max(*shipped, after > kOfSide ? after - kOfSide : 0);
  auto newer = co_await side_->events_after(std::move(tenant), begin, limit);
  if (!newer) co_return newer;
  mark(*newer);
  append(events, std::move(*newer), limit);
  co_return events;
}

// Followers of all events send them on: those of the primary are its own to send.
awaitable<Result<std::vector<model::Event>>> StandbyDatabase::all_events_after(std::uint64_t after, std::size_t limit) {
  return writable().all_events_after(after, limit);
}

awaitable<Result<std::vector<FeedEntry>>> StandbyDatabase::feed(Lane lane, std::uint64_t since, std::size_t limit) {
  return main_->feed(lane, since, limit);
}

awaitable<Result<Changes>> StandbyDatabase::changes(Lane lane, std::uint64_t since, std::size_t most,
                                                    std::size_t bytes) {
  return main_->changes(lane, since, most, bytes);
}

awaitable<Result<std::uint64_t>> StandbyDatabase::feed_head(Lane lane) { return main_->feed_head(lane); }

awaitable<Result<std::uint64_t>> StandbyDatabase::cursor(std::string follower, Lane lane) {
  return writable().cursor(std::move(follower), lane);
}

awaitable<Result<void>> StandbyDatabase::set_cursor(std::string follower, Lane lane, std::uint64_t lseq) {
  return writable().set_cursor(std::move(follower), lane, lseq);
}

awaitable<Result<std::vector<model::Job>>> StandbyDatabase::take_jobs(std::string queue, base::Duration lease,
                                                                      std::size_t limit) {
  auto jobs = co_await side_->take_jobs(queue, lease, limit);
  if (!jobs) co_return jobs;
  for (auto& job : *jobs) job.id += kOfSide;
  if (read_only_ || jobs->size() >= limit) co_return jobs;
  auto more = co_await main_->take_jobs(std::move(queue), lease, limit - jobs->size());
  if (!more) co_return jobs->empty() ? std::move(more) : std::move(jobs);
  for (auto& job : *more) jobs->push_back(std::move(job));
  co_return jobs;
}

awaitable<Result<void>> StandbyDatabase::finish_job(std::uint64_t id) {
  return id >= kOfSide ? side_->finish_job(id - kOfSide) : main_->finish_job(id);
}

awaitable<Result<void>> StandbyDatabase::postpone_job(std::uint64_t id, base::Time run_at) {
  return id >= kOfSide ? side_->postpone_job(id - kOfSide, run_at) : main_->postpone_job(id, run_at);
}

awaitable<Result<std::size_t>> StandbyDatabase::sweep_expired(std::size_t limit) {
  return writable().sweep_expired(limit);
}

awaitable<Result<std::size_t>> StandbyDatabase::forget_events(base::Time before, std::size_t limit) {
  return writable().forget_events(before, limit);
}

void StandbyDatabase::on_commit(CommitListener listener) {
  main_->on_commit(listener);
  side_->on_commit(std::move(listener));
}

awaitable<Result<void>> StandbyDatabase::check() {
  if (!read_only_) co_return co_await main_->check();
  if (auto read = co_await main_->feed_head(Lane::hot); !read) co_return base::pass_on(read);
  co_return co_await side_->check();
}

}  // namespace cardea::store
