#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "store/database.h"

namespace cardea::store {

// A database whose reads may be some seconds old: they go to replicas of it in turn, past those that fail or lag, and
// to the database itself when none is left. Writes and everything that follows the feed stay with it. For lists and
// reports; nothing that decides about a login may read here.
class ReplicaReads final : public Database {
 public:
  // A replica that is further behind is not read.
  static constexpr base::Duration kMostLag = std::chrono::seconds{5};

  // How long one that could not be opened is left alone.
  static constexpr base::Duration kPause = std::chrono::seconds{2};
  // Opens a replica; may take its time.
  using Open = std::function<base::Result<std::unique_ptr<Database>>()>;

  // Each is opened now, or else on a thread that tries again and again. What `replicas` refer to, and all others, must
  // outlive it.
  ReplicaReads(Database& primary, std::vector<Open> replicas, const base::Clock& clock, base::Log& log,
               base::Duration pause = kPause);
  ~ReplicaReads() override;

  // Looks how far the replicas are. To be called about once a second, by one caller.
  base::awaitable<void> follow();
  std::size_t usable() const;

  base::awaitable<base::Result<CommitMark>> write(Body body) override { return primary_.write(std::move(body)); }
  base::awaitable<base::Result<Record>> get(Key key) override;
  base::awaitable<base::Result<std::vector<Record>>> find(model::TenantId tenant, Kind kind, std::string_view lookup,
                                                          std::string value, std::size_t limit) override;
  base::awaitable<base::Result<Page>> page(model::TenantId tenant, Kind kind, std::string after,
                                           std::size_t limit) override;
  base::awaitable<base::Result<std::uint64_t>> count(model::TenantId tenant, Kind kind) override;
  base::awaitable<base::Result<std::string>> holder(model::TenantId tenant, std::string attribute,
                                                    std::string value) override;
  // Events get their numbers when somebody reads them at the primary.
  base::awaitable<base::Result<std::vector<model::Event>>> events_before(model::TenantId tenant, std::uint64_t before,
                                                                         std::size_t limit) override {
    return primary_.events_before(std::move(tenant), before, limit);
  }
  base::awaitable<base::Result<std::vector<model::Event>>> events_after(model::TenantId tenant, std::uint64_t after,
                                                                        std::size_t limit) override {
    return primary_.events_after(std::move(tenant), after, limit);
  }
  base::awaitable<base::Result<std::vector<model::Event>>> all_events_after(std::uint64_t after,
                                                                            std::size_t limit) override {
    return primary_.all_events_after(after, limit);
  }
  base::awaitable<base::Result<Changes>> changes(Lane lane, std::uint64_t since, std::size_t most,
                                                 std::size_t bytes) override {
    return primary_.changes(lane, since, most, bytes);
  }
  base::awaitable<base::Result<std::vector<FeedEntry>>> feed(Lane lane, std::uint64_t since,
                                                             std::size_t limit) override {
    return primary_.feed(lane, since, limit);
  }
  base::awaitable<base::Result<std::uint64_t>> feed_head(Lane lane) override { return primary_.feed_head(lane); }
  base::awaitable<base::Result<std::uint64_t>> cursor(std::string follower, Lane lane) override {
    return primary_.cursor(std::move(follower), lane);
  }
  base::awaitable<base::Result<void>> set_cursor(std::string follower, Lane lane, std::uint64_t lseq) override {
    return primary_.set_cursor(std::move(follower), lane, lseq);
  }
  base::awaitable<base::Result<std::vector<model::Job>>> take_jobs(std::string queue, base::Duration lease,
                                                                   std::size_t limit) override {
    return primary_.take_jobs(std::move(queue), lease, limit);
  }
  base::awaitable<base::Result<void>> finish_job(std::uint64_t id) override { return primary_.finish_job(id); }
  base::awaitable<base::Result<void>> postpone_job(std::uint64_t id, base::Time run_at) override {
    return primary_.postpone_job(id, run_at);
  }
  base::awaitable<base::Result<std::size_t>> sweep_expired(std::size_t limit) override {
    return primary_.sweep_expired(limit);
  }
  base::awaitable<base::Result<std::size_t>> forget_events(base::Time before, std::size_t limit) override {
    return primary_.forget_events(before, limit);
  }
  bool is_read_only() const override { return primary_.is_read_only(); }
  void on_commit(CommitListener listener) override { primary_.on_commit(std::move(listener)); }
  model::CellNumber cell() const override { return primary_.cell(); }
  std::string incarnation() const override { return primary_.incarnation(); }
  base::awaitable<base::Result<void>> check() override { return primary_.check(); }

 private:
  using Heads = std::array<std::uint64_t, 2>;  // of the lanes
  struct Replica {
    Open open;
    std::string trouble;  // why it could not be opened; of whoever opens
    std::unique_ptr<Database> owned;
    std::atomic<Database*> database = nullptr;  // `owned`, once it is there
    std::atomic<bool> usable = false;           // never without `database`
  };

  // Whether nothing is left to open.
  bool open_missing();
  void open_until_stopped();

  // What `read(database)` gives at the first that can be reached.
  template <class Read>
  auto first_of(Read read) -> std::invoke_result_t<Read&, Database&>;

  static base::awaitable<base::Result<Heads>> heads_of(Database& database);

  Database& primary_;
  std::vector<std::unique_ptr<Replica>> replicas_;
  const base::Clock& clock_;
  base::Log& log_;
  std::atomic<std::size_t> turn_ = 0;
  std::deque<std::pair<std::chrono::nanoseconds, Heads>> history_;  // of the primary, the last seconds; follow() only

  const base::Duration pause_;
  std::mutex mutex_;  // of stop_
  std::condition_variable changed_;
  bool stop_ = false;
  std::thread opener_;  // runs while one is missing
};

}  // namespace cardea::store
