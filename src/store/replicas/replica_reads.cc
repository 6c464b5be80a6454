#include "store/replicas/replica_reads.h"

#include <algorithm>

namespace cardea::store {

using base::awaitable;
using base::Errc;
using base::Result;

ReplicaReads::ReplicaReads(Database& primary, std::vector<Open> replicas, const base::Clock& clock, base::Log& log,
                           base::Duration pause)
    : ForwardingDatabase(primary), clock_(clock), log_(log), pause_(pause) {
  for (auto& open : replicas) replicas_.emplace_back(std::make_unique<Replica>())->open = std::move(open);
  if (!open_missing()) opener_ = std::thread([this] { open_until_stopped(); });
}

ReplicaReads::~ReplicaReads() {
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (opener_.joinable()) opener_.join();
}

bool ReplicaReads::open_missing() {
  bool all = true;
  for (auto& replica : replicas_) {
    if (replica->owned != nullptr) continue;
    auto opened = replica->open();
    if (opened) {
      replica->owned = std::move(*opened);
      replica->database = replica->owned.get();
      continue;
    }
    all = false;
    if (replica->trouble == opened.error().reason) continue;
    replica->trouble = opened.error().reason;
    log_.error("store: a replica cannot be opened; trying again", {{"reason", replica->trouble}});
  }
  return all;
}

void ReplicaReads::open_until_stopped() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, pause_, [this] { return stop_; })) {
    lock.unlock();
    if (open_missing()) return;
    lock.lock();
  }
}

std::size_t ReplicaReads::usable() const {
  return static_cast<std::size_t>(std::ranges::count_if(replicas_, [](const auto& r) { return r->usable.load(); }));
}

awaitable<Result<ReplicaReads::Heads>> ReplicaReads::heads_of(Database& database) {
  Heads heads{};
  for (const Lane lane : {Lane::hot, Lane::bulk}) {
    const auto head = co_await database.feed_head(lane);
    if (!head) co_return base::pass_on(head);
    heads[static_cast<std::size_t>(lane)] = *head;
  }
  co_return heads;
}

// A replica is close enough when it has what the primary had kMostLag ago.
awaitable<void> ReplicaReads::follow() {
  const auto now = clock_.steady();
  if (const auto heads = co_await heads_of(inner())) history_.emplace_back(now, *heads);
  while (history_.size() > 1 && history_[1].first <= now - kMostLag) history_.pop_front();
  // While the primary is away nothing new can be missing.
  const Heads wanted = history_.empty() ? Heads{} : history_.front().second;
  for (auto& replica : replicas_) {
    Database* database = replica->database;
    if (database == nullptr) continue;
    const auto heads = co_await heads_of(*database);
    const bool usable = heads && (*heads)[0] >= wanted[0] && (*heads)[1] >= wanted[1];
    if (replica->usable.exchange(usable) == usable) continue;
    if (usable)
      log_.info("store: a replica is read");
    else
      log_.warn("store: a replica is not read", {{"reason", heads ? "it lags" : heads.error().reason}});
  }
}

template <class Read>
auto ReplicaReads::first_of(Read read) -> std::invoke_result_t<Read&, Database&> {
  const std::size_t begin = turn_.fetch_add(1, std::memory_order_relaxed);
  for (std::size_t i = 0; i < replicas_.size(); ++i) {
    auto& replica = *replicas_[(begin + i) % replicas_.size()];
    if (!replica.usable) continue;
    auto answer = co_await read(*replica.database.load());
    if (answer || answer.error().code != Errc::unavailable) co_return answer;
    replica.usable = false;  // until follow() has looked again
  }
  co_return co_await read(inner());
}

awaitable<Result<Record>> ReplicaReads::get(Key key) {
  co_return co_await first_of([&](Database& database) { return database.get(key); });
}

awaitable<Result<std::vector<Record>>> ReplicaReads::find(model::TenantId tenant, Kind kind, std::string_view lookup,
                                                          std::string value, std::size_t limit) {
  co_return co_await first_of([&](Database& database) { return database.find(tenant, kind, lookup, value, limit); });
}

awaitable<Result<Page>> ReplicaReads::page(model::TenantId tenant, Kind kind, std::string after, std::size_t limit) {
  co_return co_await first_of([&](Database& database) { return database.page(tenant, kind, after, limit); });
}

awaitable<Result<std::uint64_t>> ReplicaReads::count(model::TenantId tenant, Kind kind) {
  co_return co_await first_of([&](Database& database) { return database.count(tenant, kind); });
}

awaitable<Result<std::string>> ReplicaReads::holder(model::TenantId tenant, std::string attribute, std::string value) {
  co_return co_await first_of([&](Database& database) { return database.holder(tenant, attribute, value); });
}

}  // namespace cardea::store
