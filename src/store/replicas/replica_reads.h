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
#include "store/forwarding_database.h"

namespace cardea::store {

// A database whose reads may be some seconds old: they go to replicas of it in turn, past those that fail or lag, and
// to the database itself when none is left. Writes and everything that follows the feed stay with it. For lists and
// reports; nothing that decides about a login may read here.
class ReplicaReads final : public ForwardingDatabase {
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

  base::awaitable<base::Result<Record>> get(Key key) override;
  base::awaitable<base::Result<std::vector<Record>>> find(model::TenantId tenant, Kind kind, std::string_view lookup,
                                                          std::string value, std::size_t limit) override;
  base::awaitable<base::Result<Page>> page(model::TenantId tenant, Kind kind, std::string after,
                                           std::size_t limit) override;
  base::awaitable<base::Result<std::uint64_t>> count(model::TenantId tenant, Kind kind) override;
  base::awaitable<base::Result<std::string>> holder(model::TenantId tenant, std::string attribute,
                                                    std::string value) override;

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
