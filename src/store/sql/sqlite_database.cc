#include "store/sql/sqlite_database.h"

namespace cardea::store {

SqliteDatabase::SqliteDatabase(const SqliteFile& file, const Surroundings& surroundings, std::string incarnation,
                               std::uint64_t hlc_floor, GroupCommit::Limits limits, base::Duration slow,
                               StoreMetrics metrics)
    : SqlDatabase(surroundings, std::move(incarnation)),
      file_(file),
      metrics_(std::move(metrics)),
      slow_(surroundings.clock, surroundings.log, slow, metrics_),
      writer_(file, surroundings, slow_, metrics_, hlc_floor, limits) {}

std::unique_ptr<SqliteDatabase::Reader> SqliteDatabase::borrow() {
  {
    const std::scoped_lock lock(mutex_);
    if (!idle_.empty()) {
      auto reader = std::move(idle_.back());
      idle_.pop_back();
      return reader;
    }
  }
  return std::make_unique<Reader>(file_, surroundings_.clock, slow_, metrics_);
}

void SqliteDatabase::give_back(std::unique_ptr<Reader> reader) {
  const std::scoped_lock lock(mutex_);
  idle_.push_back(std::move(reader));
}

base::awaitable<base::Result<CommitMark>> SqliteDatabase::write(Body body) {
  if (writes_refused()) co_return base::fail(base::Errc::read_only, std::string(kWritesRefused));
  co_return co_await writer_.submit([body = std::move(body)](UnitOfWork& unit, SqlRows&) { return body(unit); });
}

base::awaitable<base::Result<void>> SqliteDatabase::change(NumberFirst, GroupCommit::Work work) {
  auto done = co_await writer_.submit(std::move(work));
  if (!done) co_return base::pass_on(done);
  co_return base::Result<void>{};
}

}  // namespace cardea::store
