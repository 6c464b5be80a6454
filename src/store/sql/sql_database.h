#pragma once

#include <algorithm>
#include <chrono>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "store/claims.h"
#include "store/mesh_store.h"
#include "store/open.h"
#include "store/row_text.h"
#include "store/sql/sql_rows.h"
#include "store/unit_of_work.h"

namespace cardea::store {

// What must have its number before a call sees the feed or the events, where those who read give the numbers.
enum class NumberFirst { nothing, hot_rows, bulk_rows, events };

constexpr NumberFirst rows_of(Lane lane) { return lane == Lane::hot ? NumberFirst::hot_rows : NumberFirst::bulk_rows; }

// The calls of Database that are the same on every SQL engine. `Engine` derives from it and says how they run:
//   awaitable<R> reading(NumberFirst, Read): gives what `R read(SqlRows&)` gives, R a base::Result, or its own failure;
//   snapshot(): the same, but all that is read is as one moment left it;
//   awaitable<Result<void>> change(NumberFirst, Work): `Result<void> work(UnitOfWork&, SqlRows&)` as one transaction.
// Both take what they call by value; it may run more than once.
template <class Engine>
class SqlDatabase : public Database, public MeshStore {
 public:
  base::awaitable<base::Result<Record>> get(Key key) override {
    return read([this, key = std::move(key)](SqlRows& rows) {
      return read_live_row(key, rows.read(key), surroundings_.clock.now());
    });
  }

  base::awaitable<base::Result<std::vector<Record>>> find(model::TenantId tenant, Kind kind, std::string_view lookup,
                                                          std::string value, std::size_t limit) override {
    const std::size_t index = lookup_index(kind, lookup);
    return read([this, tenant = std::move(tenant), kind, index, value = std::move(value),
                 most = std::min(limit, kMaxRows)](SqlRows& rows) -> base::Result<std::vector<Record>> {
      if (value.empty()) return std::vector<Record>{};
      const auto now = surroundings_.clock.now();
      return read_rows(tenant, kind, rows.list(tenant, kind, index, value, "", now, most));
    });
  }

  base::awaitable<base::Result<Page>> page(model::TenantId tenant, Kind kind, std::string after,
                                           std::size_t limit) override {
    return read([this, tenant = std::move(tenant), kind, after = std::move(after),
                 most = std::clamp<std::size_t>(limit, 1, kMaxRows)](SqlRows& rows) {
      const auto now = surroundings_.clock.now();
      return read_page(tenant, kind, rows.list(tenant, kind, std::nullopt, "", after, now, most + 1), most);
    });
  }

  base::awaitable<base::Result<std::uint64_t>> count(model::TenantId tenant, Kind kind) override {
    return read([this, tenant = std::move(tenant), kind](SqlRows& rows) -> base::Result<std::uint64_t> {
      return rows.count(tenant, kind, surroundings_.clock.now());
    });
  }

  base::awaitable<base::Result<std::string>> holder(model::TenantId tenant, std::string attribute,
                                                    std::string value) override {
    return find_holder(*this, surroundings_.keys, std::move(tenant), std::move(attribute), std::move(value));
  }

  base::awaitable<base::Result<std::vector<model::Event>>> events_before(model::TenantId tenant, std::uint64_t before,
                                                                         std::size_t limit) override {
    return read_events([=, tenant = std::move(tenant)](SqlJournal& journal) {
      return journal.events_before(tenant, before, std::min(limit, kMaxRows));
    });
  }

  base::awaitable<base::Result<std::vector<model::Event>>> events_after(model::TenantId tenant, std::uint64_t after,
                                                                        std::size_t limit) override {
    return read_events([=, tenant = std::move(tenant)](SqlJournal& journal) {
      return journal.events_after(&tenant, after, std::min(limit, kMaxRows));
    });
  }

  base::awaitable<base::Result<std::vector<model::Event>>> all_events_after(std::uint64_t after,
                                                                            std::size_t limit) override {
    return read_events(
        [=](SqlJournal& journal) { return journal.events_after(nullptr, after, std::min(limit, kMaxRows)); });
  }

  base::awaitable<base::Result<std::vector<FeedEntry>>> feed(Lane lane, std::uint64_t since,
                                                             std::size_t limit) override {
    return engine().reading(rows_of(lane), [=](SqlRows& rows) -> base::Result<std::vector<FeedEntry>> {
      return rows.feed().read(lane, since, limit);
    });
  }

  base::awaitable<base::Result<Changes>> changes(Lane lane, std::uint64_t since, std::size_t most,
                                                 std::size_t bytes) override {
    return engine().snapshot(rows_of(lane), [=](SqlRows& rows) { return rows.changes(lane, since, most, bytes); });
  }

  base::awaitable<base::Result<std::uint64_t>> feed_head(Lane lane) override {
    return engine().reading(rows_of(lane),
                            [=](SqlRows& rows) -> base::Result<std::uint64_t> { return rows.feed().head(lane); });
  }

  base::awaitable<base::Result<std::uint64_t>> cursor(std::string follower, Lane lane) override {
    return read([=, follower = std::move(follower)](SqlRows& rows) -> base::Result<std::uint64_t> {
      return rows.feed().cursor(follower, lane);
    });
  }

  base::awaitable<base::Result<void>> set_cursor(std::string follower, Lane lane, std::uint64_t lseq) override {
    return write_rows([=, follower = std::move(follower)](UnitOfWork&, SqlRows& rows) -> base::Result<void> {
      rows.feed().set_cursor(follower, lane, lseq);
      return {};
    });
  }

  // Workers ask often and find nothing most times: then nothing is written.
  base::awaitable<base::Result<std::vector<model::Job>>> take_jobs(std::string queue, base::Duration lease,
                                                                   std::size_t limit) override {
    const auto due = co_await read([this, &queue](SqlRows& rows) -> base::Result<bool> {
      return rows.journal().has_due(queue, surroundings_.clock.now());
    });
    if (!due) co_return base::pass_on(due);
    std::vector<model::Job> jobs;
    if (!*due) co_return jobs;
    auto done = co_await write_rows([&](UnitOfWork& unit, SqlRows& rows) -> base::Result<void> {
      jobs = rows.journal().take(queue, unit.now(), lease, std::min(limit, kMaxRows));
      return {};
    });
    if (!done) co_return base::pass_on(done);
    co_return jobs;
  }

  base::awaitable<base::Result<void>> finish_job(std::uint64_t id) override {
    return write_rows([id](UnitOfWork&, SqlRows& rows) -> base::Result<void> {
      rows.journal().finish(id);
      return {};
    });
  }

  base::awaitable<base::Result<void>> postpone_job(std::uint64_t id, base::Time run_at) override {
    return write_rows([id, run_at](UnitOfWork&, SqlRows& rows) -> base::Result<void> {
      if (!rows.journal().postpone(id, run_at)) return base::fail(base::Errc::not_found, "no such job");
      return {};
    });
  }

  // The feed first: an entry that got its number after its row has gone would stay for ever.
  base::awaitable<base::Result<std::size_t>> sweep_expired(std::size_t limit) override {
    for (const Lane lane : {Lane::hot, Lane::bulk}) {
      const auto head = co_await feed_head(lane);
      if (!head) co_return base::pass_on(head);
    }
    std::size_t removed = 0;
    auto done = co_await write_rows([&](UnitOfWork& unit, SqlRows& rows) -> base::Result<void> {
      removed = rows.sweep(unit.now() - std::chrono::hours{1}, std::min(limit, kMaxRows));
      return {};
    });
    if (!done) co_return base::pass_on(done);
    co_return removed;
  }

  base::awaitable<base::Result<std::size_t>> forget_events(base::Time before, std::size_t limit) override {
    std::size_t removed = 0;
    auto done = co_await engine().change(NumberFirst::events, [&](UnitOfWork&, SqlRows& rows) -> base::Result<void> {
      removed = rows.journal().forget(before, std::min(limit, kMaxRows));
      return {};
    });
    if (!done) co_return base::pass_on(done);
    co_return removed;
  }

  base::awaitable<base::Result<void>> check() override {
    const auto read = co_await cursor("", Lane::hot);
    if (!read) co_return base::pass_on(read);
    co_return co_await write_rows([](UnitOfWork& unit, SqlRows& rows) -> base::Result<void> {
      rows.feed().set_cursor("health", Lane::bulk, static_cast<std::uint64_t>(base::to_millis(unit.now())));
      return {};
    });
  }

  model::CellNumber cell() const override { return surroundings_.cell; }
  std::string incarnation() const override {
    const std::scoped_lock lock(identity_);
    return incarnation_;
  }
  bool is_read_only() const override { return writes_refused(); }

  base::awaitable<base::Result<void>> apply(PeerBody body) override {
    return write_rows([body = std::move(body)](UnitOfWork& unit, SqlRows& rows) { return body(unit, rows); });
  }

  base::awaitable<base::Result<std::vector<RowVersion>>> versions(Kind kind, model::TenantId tenant, std::string id,
                                                                  std::size_t limit) override {
    return read(
        [=, tenant = std::move(tenant), id = std::move(id)](SqlRows& rows) -> base::Result<std::vector<RowVersion>> {
          return rows.versions(kind, tenant.value, id, limit);
        });
  }

  base::awaitable<base::Result<std::vector<Record>>> stored(std::vector<Key> keys) override {
    return read([keys = std::move(keys)](SqlRows& rows) { return rows.stored(keys); });
  }

  base::awaitable<base::Result<std::vector<Quarantined>>> quarantined(std::string after, std::size_t limit) override {
    return read([=, after = std::move(after)](SqlRows& rows) -> base::Result<std::vector<Quarantined>> {
      return rows.peers().quarantined(after, std::min(limit, kMaxRows));
    });
  }

  base::awaitable<base::Result<std::vector<Quarantined>>> quarantined_due(base::Time now, std::size_t limit) override {
    return read([=](SqlRows& rows) -> base::Result<std::vector<Quarantined>> {
      return rows.peers().due(now, std::min(limit, kMaxRows));
    });
  }

  base::awaitable<base::Result<QuarantineSize>> quarantine_size() override {
    return read([](SqlRows& rows) -> base::Result<QuarantineSize> { return rows.peers().size(); });
  }

  base::awaitable<base::Result<std::vector<PeerAck>>> acknowledgements() override {
    return read([name = incarnation()](SqlRows& rows) -> base::Result<std::vector<PeerAck>> {
      return rows.peers().acknowledgements(name);
    });
  }

  base::awaitable<base::Result<std::string>> renew_incarnation(std::string known, std::string next) override {
    std::string holds;
    auto done = co_await write_rows([&](UnitOfWork&, SqlRows& rows) -> base::Result<void> {
      holds = rows.renew_incarnation(known, next);
      return {};
    });
    if (!done) co_return base::pass_on(done);
    const std::scoped_lock lock(identity_);
    incarnation_ = holds;
    co_return holds;
  }

 protected:
  SqlDatabase(const Surroundings& surroundings, std::string incarnation)
      : surroundings_(surroundings), incarnation_(std::move(incarnation)) {}

  const Surroundings surroundings_;

 private:
  Engine& engine() { return static_cast<Engine&>(*this); }

  template <class Read>
  auto read(Read read) {
    return engine().reading(NumberFirst::nothing, std::move(read));
  }
  template <class Read>
  auto read_events(Read read) {
    return engine().reading(NumberFirst::events,
                            [read = std::move(read)](SqlRows& rows) -> base::Result<std::vector<model::Event>> {
                              return read(rows.journal());
                            });
  }
  template <class Work>
  base::awaitable<base::Result<void>> write_rows(Work work) {
    return engine().change(NumberFirst::nothing, std::move(work));
  }

  mutable std::mutex identity_;
  std::string incarnation_;
};

}  // namespace cardea::store
