#pragma once

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>

#include "store/database.h"

namespace cardea::store {

// Another database with a broken wire before it: reads can fail or take a detour, and are counted.
class GatedDatabase final : public Database {
 public:
  explicit GatedDatabase(Database& inner) : inner_(inner) {}

  std::atomic<bool> down{false};      // everything is unavailable
  std::atomic<bool> standby{false};   // takes no writes
  std::atomic<int> reads{0};          // get, find, page, holder
  std::atomic<int> tenant_reads{0};   // get() of a tenant row: one per load of a snapshot, and per host look-up
  std::atomic<bool> slow{false};      // reads go around the executor before they are answered
  std::function<void()> during_page;  // called in each page(), before it is answered

  base::awaitable<base::Result<CommitMark>> write(Body body) override {
    if (down) co_return broken();
    if (standby) co_return base::fail(base::Errc::read_only, "a standby");
    co_return co_await inner_.write(std::move(body));
  }
  void on_news(std::function<void()> hear) override { inner_.on_news(std::move(hear)); }
  bool is_read_only() const override { return inner_.is_read_only(); }
  base::awaitable<base::Result<bool>> refuses_writes() override {
    if (down) co_return broken();
    co_return standby.load();
  }
  base::awaitable<base::Result<Record>> get(Key key) override {
    if (key.kind == Kind::tenant) ++tenant_reads;
    if (!co_await pass()) co_return broken();
    co_return co_await inner_.get(std::move(key));
  }
  base::awaitable<base::Result<std::vector<Record>>> find(model::TenantId tenant, Kind kind, std::string_view lookup,
                                                          std::string value, std::size_t limit) override {
    if (!co_await pass()) co_return broken();
    co_return co_await inner_.find(std::move(tenant), kind, lookup, std::move(value), limit);
  }
  base::awaitable<base::Result<Page>> page(model::TenantId tenant, Kind kind, std::string after,
                                           std::size_t limit) override {
    if (!co_await pass()) co_return broken();
    auto answer = co_await inner_.page(std::move(tenant), kind, std::move(after), limit);
    if (during_page) during_page();
    co_return answer;
  }
  base::awaitable<base::Result<std::uint64_t>> count(model::TenantId tenant, Kind kind) override {
    co_return co_await inner_.count(std::move(tenant), kind);
  }
  base::awaitable<base::Result<std::string>> holder(model::TenantId tenant, std::string attribute,
                                                    std::string value) override {
    if (!co_await pass()) co_return broken();
    co_return co_await inner_.holder(std::move(tenant), std::move(attribute), std::move(value));
  }
  base::awaitable<base::Result<std::vector<model::Event>>> events_before(model::TenantId tenant, std::uint64_t before,
                                                                         std::size_t limit) override {
    co_return co_await inner_.events_before(std::move(tenant), before, limit);
  }
  base::awaitable<base::Result<std::vector<model::Event>>> events_after(model::TenantId tenant, std::uint64_t after,
                                                                        std::size_t limit) override {
    co_return co_await inner_.events_after(std::move(tenant), after, limit);
  }
  base::awaitable<base::Result<std::vector<model::Event>>> all_events_after(std::uint64_t after,
                                                                            std::size_t limit) override {
    co_return co_await inner_.all_events_after(after, limit);
  }
  base::awaitable<base::Result<std::vector<FeedEntry>>> feed(Lane lane, std::uint64_t since,
                                                             std::size_t limit) override {
    co_return co_await inner_.feed(lane, since, limit);
  }
  base::awaitable<base::Result<Changes>> changes(Lane lane, std::uint64_t since, std::size_t most,
                                                 std::size_t bytes) override {
    co_return co_await inner_.changes(lane, since, most, bytes);
  }
  base::awaitable<base::Result<std::uint64_t>> feed_head(Lane lane) override {
    co_return co_await inner_.feed_head(lane);
  }
  base::awaitable<base::Result<std::uint64_t>> cursor(std::string follower, Lane lane) override {
    co_return co_await inner_.cursor(std::move(follower), lane);
  }
  base::awaitable<base::Result<void>> set_cursor(std::string follower, Lane lane, std::uint64_t lseq) override {
    co_return co_await inner_.set_cursor(std::move(follower), lane, lseq);
  }
  base::awaitable<base::Result<std::vector<model::Job>>> take_jobs(std::string queue, base::Duration lease,
                                                                   std::size_t limit) override {
    if (down) co_return broken();
    co_return co_await inner_.take_jobs(std::move(queue), lease, limit);
  }
  base::awaitable<base::Result<void>> finish_job(std::uint64_t id) override {
    if (down) co_return broken();
    co_return co_await inner_.finish_job(id);
  }
  base::awaitable<base::Result<void>> postpone_job(std::uint64_t id, base::Time run_at) override {
    if (down) co_return broken();
    co_return co_await inner_.postpone_job(id, run_at);
  }
  base::awaitable<base::Result<std::size_t>> forget_events(base::Time before, std::size_t limit) override {
    co_return co_await inner_.forget_events(before, limit);
  }
  base::awaitable<base::Result<std::size_t>> sweep_expired(std::size_t limit) override {
    co_return co_await inner_.sweep_expired(limit);
  }
  void on_commit(CommitListener listener) override { inner_.on_commit(std::move(listener)); }
  model::CellNumber cell() const override { return inner_.cell(); }
  std::string incarnation() const override { return inner_.incarnation(); }
  base::awaitable<base::Result<void>> check() override { co_return co_await inner_.check(); }

 private:
  static std::unexpected<base::Error> broken() { return base::fail(base::Errc::unavailable, "the wire is cut"); }
  base::awaitable<bool> pass() {
    ++reads;
    if (slow) {
      const auto executor = co_await boost::asio::this_coro::executor;
      co_await boost::asio::post(executor, boost::asio::use_awaitable_t<base::Executor>{});
    }
    co_return !down;
  }

  Database& inner_;
};

}  // namespace cardea::store
