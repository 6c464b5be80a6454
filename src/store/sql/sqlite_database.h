#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/open.h"
#include "store/sql/group_commit.h"
#include "store/sql/open_sqlite.h"
#include "store/sql/sql_database.h"

namespace cardea::store {

// Database on one SQLite file: writes go to one thread with group commit, reads run at once on the caller's thread,
// each on a session of its own from a pool (as many as threads that read at the same time).
class SqliteDatabase final : public SqlDatabase<SqliteDatabase> {
 public:
  // `file` is migrated and belongs to this cell. Throws soci::soci_error.
  SqliteDatabase(const SqliteFile& file, const Surroundings& surroundings, std::string incarnation,
                 std::uint64_t hlc_floor, GroupCommit::Limits limits, base::Duration slow, StoreMetrics metrics);

  base::awaitable<base::Result<CommitMark>> write(Body body) override;
  void on_commit(CommitListener listener) override { writer_.on_commit(std::move(listener)); }

 private:
  friend class SqlDatabase<SqliteDatabase>;

  struct Reader {
    Reader(const SqliteFile& file, const base::Clock& clock, SlowStatements& slow, const StoreMetrics& metrics)
        : session(file, SqliteUse::read_only),
          counted(metrics.open()),
          watch(clock, slow),
          link(session.soci(), watch),
          rows(link),
          begin(link, std::string(link.dialect.begin_snapshot)),
          commit(link, "COMMIT") {}
    SqliteSession session;
    StoreMetrics::Held counted;
    StatementWatch watch;
    SqlLink link;
    SqlRows rows;
    KeptQuery<std::tuple<>, std::tuple<>> begin, commit;
  };

  std::unique_ptr<Reader> borrow();
  void give_back(std::unique_ptr<Reader> reader);
  // Gives what `read(Reader&)` gives, or unavailable when the engine fails. The writer has numbered everything.
  template <class Read>
  auto with_reader(Read read) -> std::invoke_result_t<Read&, Reader&>;
  template <class Read>
  base::awaitable<std::invoke_result_t<Read&, SqlRows&>> reading(NumberFirst, Read read) {
    co_return with_reader([&](Reader& reader) { return read(reader.rows); });
  }
  template <class Read>
  base::awaitable<std::invoke_result_t<Read&, SqlRows&>> snapshot(NumberFirst, Read read) {
    co_return with_reader([&](Reader& reader) {
      reader.begin.run();
      auto out = read(reader.rows);
      reader.commit.run();
      return out;
    });
  }
  base::awaitable<base::Result<void>> change(NumberFirst, GroupCommit::Work work);

  const SqliteFile file_;
  const StoreMetrics metrics_;
  SlowStatements slow_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Reader>> idle_;
  GroupCommit writer_;
};

template <class Read>
auto SqliteDatabase::with_reader(Read read) -> std::invoke_result_t<Read&, Reader&> {
  try {
    const auto busy = metrics_.in_use();
    auto reader = borrow();
    auto out = read(*reader);
    give_back(std::move(reader));  // not after a failure
    return out;
  } catch (const soci::soci_error& error) {
    surroundings_.log.error("store: a read failed", {{"reason", reason_of(error)}});
    return base::fail(base::Errc::unavailable, reason_of(error));
  }
}

}  // namespace cardea::store
