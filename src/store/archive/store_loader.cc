#include "store/archive/store_loader.h"

#include <fmt/format.h>

#include "base/ulid.h"
#include "store/archive/row_digest.h"
#include "store/archive/table_reader.h"
#include "store/sql/cell_identity.h"
#include "store/sql/dialect.h"
#include "store/sql/migrations.h"
#include "store/sql/sql_feed.h"

namespace cardea::store {
namespace {

constexpr std::size_t kRowsAtOnce = 5000;
constexpr std::size_t kBytesAtOnce = std::size_t{16} << 20;

std::unexpected<base::Error> in_use(const std::string& place) {
  return base::fail(base::Errc::already_exists, place +
                                                    ": the database is not empty; a restore or a copy needs one that "
                                                    "nobody has used yet");
}

// Only for the time of the restore: what it holds becomes events at the end.
void make_event_outbox(soci::session& session) {
  const auto& dialect = dialect_of(session);
  if (dialect.several_writers()) return;
  session << fmt::format(
      "CREATE TABLE IF NOT EXISTS event_outbox (ulid {0} PRIMARY KEY, tenant {0} NOT NULL, type {1} NOT NULL, "
      "at {2} NOT NULL, body {1} NOT NULL)",
      dialect.key, dialect.text, dialect.number);
}

bool has_rows(soci::session& session, const Table& table) {
  // A new database has the heads of its lanes, all at the beginning.
  const auto* condition = table.name == "feed_head" ? " WHERE next <> 1" : "";
  int found = 0;
  session << fmt::format("SELECT count(*) FROM (SELECT 1 FROM {}{} LIMIT 1) AS found", in_sql(table), condition),
      soci::into(found);
  return found != 0;
}

bool is_bare(soci::session& session) {
  for (const auto& table : archived_tables())
    if (has_table(session, table) && has_rows(session, table)) return false;
  return true;
}

void clear_tables(soci::session& session) {
  make_event_outbox(session);
  for (const auto& table : archived_tables()) session << "DELETE FROM " + in_sql(table);
}

struct Occupant {
  std::string incarnation;
  base::Time seen{};
};

Occupant read_occupant(soci::session& session, std::string_view lock) {
  Occupant out;
  long long seen = 0;
  session << fmt::format("SELECT incarnation, checked_at FROM meta{}", lock), soci::into(out.incarnation),
      soci::into(seen);
  out.seen = base::from_millis(seen);
  return out;
}

base::Result<void> take(StoreSession& store, const std::string& marker, base::Time now) {
  auto& session = store.soci();
  const auto occupant = read_occupant(session, dialect_of(session).lock);
  const bool unfinished = occupant.incarnation.starts_with(kUnfinishedRestore);
  if (!unfinished && !(occupant.incarnation.empty() && is_bare(session))) return in_use(store.place());
  if (unfinished && now - occupant.seen < StoreLoader::kLease)
    return base::fail(base::Errc::conflict, store.place() + ": another restore is filling this database");
  clear_tables(session);
  const long long seen = base::to_millis(now);
  session << "UPDATE meta SET incarnation = :marker, cell_id = 0, checked_at = :seen", soci::use(marker),
      soci::use(seen);
  return {};
}

// The one writer numbers what several had written and nobody had numbered yet.
void sequence(soci::session& session, const base::Clock& clock) {
  base::NullLog unheard;
  SlowStatements none_is_slow(clock, unheard, {});
  StatementWatch watch(clock, none_is_slow);
  SqlFeed feed(SqlLink(session, watch));
  const auto waiting = [&] {
    int count = 0;
    session << "SELECT count(*) FROM outbox", soci::into(count);
    return count;
  };
  while (waiting() > 0) feed.drain_outbox();
  feed.save_heads();
  session << "INSERT INTO events (seq, tenant, type, at, body) SELECT (SELECT next FROM feed_head WHERE lane = 2) + "
             "row_number() OVER (ORDER BY ulid) - 1, tenant, type, at, body FROM event_outbox";
  session << "UPDATE feed_head SET next = next + (SELECT count(*) FROM event_outbox) WHERE lane = 2";
  session << "DROP TABLE event_outbox";
}

}  // namespace

base::Result<std::unique_ptr<StoreLoader>> StoreLoader::claim(StoreSession& session, const base::Clock& clock,
                                                              base::Random& random) {
  std::string marker = std::string(kUnfinishedRestore) + base::new_ulid(clock, random);
  auto taken = with_reasons(session, [&](soci::session& sql) -> base::Result<void> {
    sql << std::string(dialect_of(sql).begin);
    auto done = take(session, marker, clock.now());
    sql << std::string(done ? "COMMIT" : "ROLLBACK");
    return done;
  });
  if (!taken) return base::pass_on(taken);
  return std::unique_ptr<StoreLoader>(new StoreLoader(session, clock, std::move(marker)));
}

StoreLoader::~StoreLoader() {
  if (finished_) return;
  writer_.reset();
  roll_back();
  // When this fails too, the database stays unfinished, and says so.
  (void)with_reasons(session_, [&](soci::session& sql) -> base::Result<void> {
    if (auto opened = open_transaction(); !opened) return opened;
    clear_tables(sql);
    if (!dialect_of(sql).several_writers()) sql << "DROP TABLE event_outbox";
    sql << "INSERT INTO feed_head (lane, next, term) VALUES (0, 1, 1), (1, 1, 1), (2, 1, 1)";
    sql << "UPDATE meta SET incarnation = '', checked_at = 0 WHERE incarnation = :marker", soci::use(marker_);
    return close_transaction();
  });
  roll_back();
}

void StoreLoader::roll_back() {
  if (!in_transaction_) return;
  in_transaction_ = false;
  (void)with_reasons(session_, [](soci::session& sql) -> base::Result<void> {
    sql << "ROLLBACK";
    return {};
  });
}

// The update is the fence: who has been replaced changes nothing any more.
base::Result<void> StoreLoader::open_transaction() {
  auto& sql = session_.soci();
  sql << std::string(dialect_of(sql).begin);
  in_transaction_ = true;
  rows_ = bytes_ = 0;
  const long long seen = base::to_millis(clock_.now());
  soci::statement update = (sql.prepare << "UPDATE meta SET checked_at = :seen WHERE incarnation = :marker",
                            soci::use(seen), soci::use(marker_));
  update.execute(true);
  if (update.get_affected_rows() == 1) return {};
  return base::fail(base::Errc::conflict, session_.place() + ": another restore has taken this database over");
}

base::Result<void> StoreLoader::close_transaction() {
  session_.soci() << "COMMIT";
  in_transaction_ = false;
  return {};
}

base::Result<void> StoreLoader::begin(const Table& table) {
  tables_.push_back(table);
  return with_reasons(session_, [&](soci::session& sql) -> base::Result<void> {
    writer_.emplace(sql, table);
    return open_transaction();
  });
}

base::Result<void> StoreLoader::add(Row row) {
  return with_reasons(session_, [&](soci::session&) -> base::Result<void> {
    ++rows_;
    bytes_ += size_of(row);
    writer_->add(std::move(row));
    if (rows_ < kRowsAtOnce && bytes_ < kBytesAtOnce) return {};
    writer_->flush();
    if (auto done = close_transaction(); !done) return done;
    return open_transaction();
  });
}

base::Result<void> StoreLoader::end() {
  return with_reasons(session_, [&](soci::session&) -> base::Result<void> {
    writer_->flush();
    writer_.reset();
    return close_transaction();
  });
}

base::Result<TableSums> StoreLoader::read_back() {
  return with_reasons(session_, [&](soci::session& sql) -> base::Result<TableSums> {
    TableSums out;
    std::string encoded;
    for (const auto& table : tables_) {
      RowDigest digest(table.name);
      TableReader reader(sql, table);
      while (const auto row = reader.next()) {
        encoded.clear();
        append_row(encoded, *row);
        digest.add(encoded);
      }
      out.emplace(table.name, TableSum{digest.rows(), digest.hex()});
    }
    return out;
  });
}

base::Result<void> StoreLoader::finish(const StoreIdentity& identity) {
  return with_reasons(session_, [&](soci::session& sql) -> base::Result<void> {
    if (auto opened = open_transaction(); !opened) return opened;
    const auto& dialect = dialect_of(sql);
    if (!dialect.several_writers()) sequence(sql, clock_);
    if (!dialect.numbered_on.empty()) sql << std::string(dialect.numbered_on);
    const int cell = identity.cell;
    const long long epoch = identity.epoch, ceiling = identity.hlc_ceiling;
    sql << "UPDATE meta SET cell_id = :cell, incarnation = :incarnation, epoch = :epoch, hlc_ceiling = :ceiling, "
           "checked_at = 0 WHERE incarnation = :marker",
        soci::use(cell), soci::use(identity.incarnation), soci::use(epoch), soci::use(ceiling), soci::use(marker_);
    if (auto closed = close_transaction(); !closed) return closed;
    finished_ = true;
    return {};
  });
}

base::Result<bool> is_empty_store(std::string_view url) {
  auto session = open_session(url, SessionUse::fill);
  if (!session) return base::pass_on(session);
  return with_reasons(**session, [](soci::session& sql) -> base::Result<bool> {
    const auto occupant = read_occupant(sql, "");
    if (occupant.incarnation.starts_with(kUnfinishedRestore)) return true;
    return occupant.incarnation.empty() && is_bare(sql);
  });
}

}  // namespace cardea::store
