#pragma once

#include <atomic>
#include <memory>

#include "base/log.h"
#include "store/database.h"
#include "store/standby/standby_unit.h"

namespace cardea::store {

// The database of a standby cell (docs/design/0015-standby.md). As long as the main one takes no writes, what a login
// has to write goes to a database of this cell, the side, and reads show both. When the main one is promoted, what is
// on the side is brought over, and from then on everything is done there.
class StandbyDatabase final : public Database {
 public:
  // `read_only`: how the main one is now. The clock and the log must outlive it.
  StandbyDatabase(std::unique_ptr<Database> main, std::unique_ptr<Database> side, bool read_only,
                  const base::Clock& clock, base::Log& log);

  // Looks what the main database is now, and changes over. To be called again and again, by one caller.
  base::awaitable<void> follow();

  base::awaitable<base::Result<CommitMark>> write(Body body) override;
  base::awaitable<base::Result<Record>> get(Key key) override;
  base::awaitable<base::Result<std::vector<Record>>> find(model::TenantId tenant, Kind kind, std::string_view lookup,
                                                          std::string value, std::size_t limit) override;
  base::awaitable<base::Result<Page>> page(model::TenantId tenant, Kind kind, std::string after,
                                           std::size_t limit) override;
  base::awaitable<base::Result<std::uint64_t>> count(model::TenantId tenant, Kind kind) override;
  base::awaitable<base::Result<std::string>> holder(model::TenantId tenant, std::string attribute,
                                                    std::string value) override;
  // Those of the side have numbers above all of the main one; what was shipped the main one has itself.
  base::awaitable<base::Result<std::vector<model::Event>>> events_before(model::TenantId tenant, std::uint64_t before,
                                                                         std::size_t limit) override;
  base::awaitable<base::Result<std::vector<model::Event>>> events_after(model::TenantId tenant, std::uint64_t after,
                                                                        std::size_t limit) override;
  base::awaitable<base::Result<std::vector<model::Event>>> all_events_after(std::uint64_t after,
                                                                            std::size_t limit) override;
  base::awaitable<base::Result<Changes>> changes(Lane lane, std::uint64_t since, std::size_t most,
                                                 std::size_t bytes) override;
  base::awaitable<base::Result<std::vector<FeedEntry>>> feed(Lane lane, std::uint64_t since,
                                                             std::size_t limit) override;
  base::awaitable<base::Result<std::uint64_t>> feed_head(Lane lane) override;
  base::awaitable<base::Result<std::uint64_t>> cursor(std::string follower, Lane lane) override;
  base::awaitable<base::Result<void>> set_cursor(std::string follower, Lane lane, std::uint64_t lseq) override;
  base::awaitable<base::Result<std::vector<model::Job>>> take_jobs(std::string queue, base::Duration lease,
                                                                   std::size_t limit) override;
  base::awaitable<base::Result<void>> finish_job(std::uint64_t id) override;
  base::awaitable<base::Result<void>> postpone_job(std::uint64_t id, base::Time run_at) override;
  base::awaitable<base::Result<std::size_t>> sweep_expired(std::size_t limit) override;
  base::awaitable<base::Result<std::size_t>> forget_events(base::Time before, std::size_t limit) override;
  bool is_read_only() const override { return read_only_; }
  void on_commit(CommitListener listener) override;
  void on_news(std::function<void()> hear) override { main_->on_news(std::move(hear)); }
  // The side's: a replica has the primary's.
  model::CellNumber cell() const override { return side_->cell(); }
  std::string incarnation() const override { return side_->incarnation(); }
  base::awaitable<base::Result<void>> check() override;

 private:
  Database& writable() { return read_only_ ? *side_ : *main_; }
  base::awaitable<base::Result<void>> change_over();

  const std::unique_ptr<Database> main_, side_;
  const base::Clock& clock_;
  base::Log& log_;
  std::atomic<bool> read_only_;
  std::atomic<bool> changing_over_ = false;
  MainReader reader_{*main_};
};

}  // namespace cardea::store
