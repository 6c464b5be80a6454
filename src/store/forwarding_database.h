#pragma once

#include <utility>

#include "store/database.h"

namespace cardea::store {

// Passes everything on to another database; for those that change one thing about it. What is passed on must outlive
// it.
class ForwardingDatabase : public Database {
 public:
  explicit ForwardingDatabase(Database& inner) : inner_(inner) {}

  base::awaitable<base::Result<CommitMark>> write(Body body) override { return inner_.write(std::move(body)); }
  base::awaitable<base::Result<Record>> get(Key key) override { return inner_.get(std::move(key)); }
  base::awaitable<base::Result<std::vector<Record>>> find(model::TenantId tenant, Kind kind, std::string_view lookup,
                                                          std::string value, std::size_t limit) override {
    return inner_.find(std::move(tenant), kind, lookup, std::move(value), limit);
  }
  base::awaitable<base::Result<Page>> page(model::TenantId tenant, Kind kind, std::string after,
                                           std::size_t limit) override {
    return inner_.page(std::move(tenant), kind, std::move(after), limit);
  }
  base::awaitable<base::Result<std::uint64_t>> count(model::TenantId tenant, Kind kind) override {
    return inner_.count(std::move(tenant), kind);
  }
  base::awaitable<base::Result<std::string>> holder(model::TenantId tenant, std::string attribute,
                                                    std::string value) override {
    return inner_.holder(std::move(tenant), std::move(attribute), std::move(value));
  }
  base::awaitable<base::Result<std::vector<model::Event>>> events_before(model::TenantId tenant, std::uint64_t before,
                                                                         std::size_t limit) override {
    return inner_.events_before(std::move(tenant), before, limit);
  }
  base::awaitable<base::Result<std::vector<model::Event>>> events_after(model::TenantId tenant, std::uint64_t after,
                                                                        std::size_t limit) override {
    return inner_.events_after(std::move(tenant), after, limit);
  }
  base::awaitable<base::Result<std::vector<model::Event>>> all_events_after(std::uint64_t after,
                                                                            std::size_t limit) override {
    return inner_.all_events_after(after, limit);
  }
  base::awaitable<base::Result<std::vector<FeedEntry>>> feed(Lane lane, std::uint64_t since,
                                                             std::size_t limit) override {
    return inner_.feed(lane, since, limit);
  }
  base::awaitable<base::Result<Changes>> changes(Lane lane, std::uint64_t since, std::size_t most,
                                                 std::size_t bytes) override {
    return inner_.changes(lane, since, most, bytes);
  }
  base::awaitable<base::Result<std::uint64_t>> feed_head(Lane lane) override { return inner_.feed_head(lane); }
  base::awaitable<base::Result<std::uint64_t>> cursor(std::string follower, Lane lane) override {
    return inner_.cursor(std::move(follower), lane);
  }
  base::awaitable<base::Result<void>> set_cursor(std::string follower, Lane lane, std::uint64_t lseq) override {
    return inner_.set_cursor(std::move(follower), lane, lseq);
  }
  base::awaitable<base::Result<std::vector<model::Job>>> take_jobs(std::string queue, base::Duration lease,
                                                                   std::size_t limit) override {
    return inner_.take_jobs(std::move(queue), lease, limit);
  }
  base::awaitable<base::Result<void>> finish_job(std::uint64_t id) override { return inner_.finish_job(id); }
  base::awaitable<base::Result<void>> postpone_job(std::uint64_t id, base::Time run_at) override {
    return inner_.postpone_job(id, run_at);
  }
  base::awaitable<base::Result<std::size_t>> sweep_expired(std::size_t limit) override {
    return inner_.sweep_expired(limit);
  }
  base::awaitable<base::Result<std::size_t>> forget_events(base::Time before, std::size_t limit) override {
    return inner_.forget_events(before, limit);
  }
  base::awaitable<base::Result<bool>> refuses_writes() override { return inner_.refuses_writes(); }
  bool is_read_only() const override { return inner_.is_read_only(); }
  void on_commit(CommitListener listener) override { inner_.on_commit(std::move(listener)); }
  void on_news(std::function<void()> hear) override { inner_.on_news(std::move(hear)); }
  model::CellNumber cell() const override { return inner_.cell(); }
  std::string incarnation() const override { return inner_.incarnation(); }
  base::awaitable<base::Result<void>> check() override { return inner_.check(); }

 protected:
  Database& inner() { return inner_; }

 private:
  Database& inner_;
};

}  // namespace cardea::store
