#pragma once

#include <mutex>

#include "store/commit_listeners.h"
#include "store/memory/memory_rows.h"
#include "store/mesh_store.h"
#include "store/open.h"
#include "store/unit_of_work.h"

namespace cardea::store {

// Maps behind one lock. Bodies run on the caller's thread, so a test with one thread is deterministic.
class MemoryDatabase final : public Database, public MeshStore {
 public:
  explicit MemoryDatabase(const Surroundings& surroundings);

  base::awaitable<base::Result<CommitMark>> write(Body body) override;
  base::awaitable<base::Result<Record>> get(Key key) override;
  base::awaitable<base::Result<std::vector<Record>>> find(model::TenantId tenant, Kind kind, std::string_view lookup,
                                                          std::string value, std::size_t limit) override;
  base::awaitable<base::Result<Page>> page(model::TenantId tenant, Kind kind, std::string after,
                                           std::size_t limit) override;
  base::awaitable<base::Result<std::uint64_t>> count(model::TenantId tenant, Kind kind) override;
  base::awaitable<base::Result<std::string>> holder(model::TenantId tenant, std::string attribute,
                                                    std::string value) override;
  base::awaitable<base::Result<std::vector<model::Event>>> events_before(model::TenantId tenant, std::uint64_t before,
                                                                         std::size_t limit) override;
  base::awaitable<base::Result<std::vector<model::Event>>> events_after(model::TenantId tenant, std::uint64_t after,
                                                                        std::size_t limit) override;
  base::awaitable<base::Result<std::vector<model::Event>>> all_events_after(std::uint64_t after,
                                                                            std::size_t limit) override;
  base::awaitable<base::Result<std::vector<FeedEntry>>> feed(Lane lane, std::uint64_t since,
                                                             std::size_t limit) override;
  base::awaitable<base::Result<Changes>> changes(Lane lane, std::uint64_t since, std::size_t most,
                                                 std::size_t bytes) override;
  base::awaitable<base::Result<std::uint64_t>> feed_head(Lane lane) override;
  base::awaitable<base::Result<std::uint64_t>> cursor(std::string follower, Lane lane) override;
  base::awaitable<base::Result<void>> set_cursor(std::string follower, Lane lane, std::uint64_t lseq) override;
  base::awaitable<base::Result<std::vector<model::Job>>> take_jobs(std::string queue, base::Duration lease,
                                                                   std::size_t limit) override;
  base::awaitable<base::Result<void>> finish_job(std::uint64_t id) override;
  base::awaitable<base::Result<void>> postpone_job(std::uint64_t id, base::Time run_at) override;
  base::awaitable<base::Result<std::size_t>> sweep_expired(std::size_t limit) override;
  base::awaitable<base::Result<std::size_t>> forget_events(base::Time before, std::size_t limit) override;
  void on_commit(CommitListener listener) override;
  model::CellNumber cell() const override { return surroundings_.cell; }
  std::string incarnation() const override {
    const std::scoped_lock lock(identity_);
    return incarnation_;
  }
  bool is_read_only() const override { return writes_refused(); }
  base::awaitable<base::Result<void>> check() override;

  // store/memory/memory_faults.h
  std::function<void()> remember();
  bool lose(const Key& key);

  base::awaitable<base::Result<void>> apply(PeerBody body) override;
  base::awaitable<base::Result<std::vector<RowVersion>>> versions(Kind kind, model::TenantId tenant, std::string id,
                                                                  std::size_t limit) override;
  base::awaitable<base::Result<std::vector<Record>>> stored(std::vector<Key> keys) override;
  base::awaitable<base::Result<std::vector<Quarantined>>> quarantined(std::string after, std::size_t limit) override;
  base::awaitable<base::Result<std::vector<Quarantined>>> quarantined_due(base::Time now, std::size_t limit) override;
  base::awaitable<base::Result<QuarantineSize>> quarantine_size() override;
  base::awaitable<base::Result<std::vector<PeerAck>>> acknowledgements() override;
  base::awaitable<base::Result<std::string>> renew_incarnation(std::string known, std::string next) override;

 private:
  base::Result<CommitMark> run(const PeerBody& body);
  // Runs a read as a unit of work that writes nothing.
  template <class Read>
  auto reading(Read read);

  const Surroundings surroundings_;
  mutable std::mutex identity_;  // taken after mutex_, where both are
  std::string incarnation_;
  std::mutex mutex_;
  base::SeededRandom ids_;
  HybridClock hlc_;
  MemoryRows rows_;
  CommitListeners listeners_;
};

}  // namespace cardea::store
