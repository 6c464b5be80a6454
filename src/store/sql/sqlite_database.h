#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/open.h"
#include "store/sql/group_commit.h"
#include "store/sql/open_sqlite.h"

namespace cardea::store {

// Database on one SQLite file: writes go to one thread with group commit, reads run at once on the caller's thread,
// each on a session of its own from a pool (as many as threads that read at the same time).
class SqliteDatabase final : public Database {
 public:
  // `file` is migrated and belongs to this cell. Throws soci::soci_error.
  SqliteDatabase(const SqliteFile& file, const Surroundings& surroundings, std::string incarnation,
                 std::uint64_t hlc_floor, GroupCommit::Limits limits);

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
  base::awaitable<base::Result<std::uint64_t>> feed_head(Lane lane) override;
  base::awaitable<base::Result<std::uint64_t>> cursor(std::string follower, Lane lane) override;
  base::awaitable<base::Result<void>> set_cursor(std::string follower, Lane lane, std::uint64_t lseq) override;
  base::awaitable<base::Result<std::vector<model::Job>>> take_jobs(std::string queue, base::Duration lease,
                                                                   std::size_t limit) override;
  base::awaitable<base::Result<void>> finish_job(std::uint64_t id) override;
  base::awaitable<base::Result<void>> postpone_job(std::uint64_t id, base::Time run_at) override;
  base::awaitable<base::Result<std::size_t>> sweep_expired(std::size_t limit) override;
  base::awaitable<base::Result<std::size_t>> forget_events(base::Time before, std::size_t limit) override;
  void on_commit(CommitListener listener) override { writer_.on_commit(std::move(listener)); }
  model::CellNumber cell() const override { return surroundings_.cell; }
  std::string incarnation() const override { return incarnation_; }
  base::awaitable<base::Result<void>> check() override;

 private:
  struct Reader {
    explicit Reader(const SqliteFile& file) : session(file, SqliteUse::read_only), rows(session.soci()) {}
    SqliteSession session;
    SqlRows rows;
  };

  std::unique_ptr<Reader> borrow();
  void give_back(std::unique_ptr<Reader> reader);
  // Gives what `read` gives, or unavailable when the engine fails.
  template <class Read>
  std::invoke_result_t<Read, SqlRows&> reading(Read read);
  base::awaitable<base::Result<void>> change(GroupCommit::Work work);

  const SqliteFile file_;
  const Surroundings surroundings_;
  const std::string incarnation_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Reader>> idle_;
  GroupCommit writer_;
};

}  // namespace cardea::store
