#include "store/sql/sqlite_session.h"

#include <soci/sqlite3/soci-sqlite3.h>

namespace cardea::store {
namespace {

constexpr int kBusyMillis = 5000;

soci::sqlite3_session_backend& backend_of(soci::session& session) {
  return static_cast<soci::sqlite3_session_backend&>(*session.get_backend());
}

// The write-ahead log is a property of the file, and changing it needs the file for a moment alone, which SQLite does
// not wait for.
void use_write_ahead_log(soci::session& session) {
  for (int attempt = 0;; ++attempt) {
    try {
      std::string mode;
      session << "PRAGMA journal_mode = WAL", soci::into(mode);
      if (mode != "wal") throw soci::soci_error("SQLite cannot keep a write-ahead log for this file");
      return;
    } catch (const soci::sqlite3_soci_error& error) {
      if ((error.result() & 0xff) != SQLITE_BUSY || attempt == 100) throw;
      sqlite_api::sqlite3_sleep(20);
    }
  }
}

}  // namespace

SqliteSession::SqliteSession(const SqliteFile& file, SqliteUse use) {
  session_.open("sqlite3", "dbname=:memory:");
  // SOCI 4.0 can name neither a VFS nor flags: give it a connection opened by the C interface in place of its own.
  auto& connection = backend_of(session_).conn_;
  sqlite_api::sqlite3_close(connection);
  connection = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;  // a session belongs to one thread at a time
  const int result =
      sqlite_api::sqlite3_open_v2(file.path.c_str(), &connection, flags, file.vfs.empty() ? nullptr : file.vfs.c_str());
  if (result != SQLITE_OK)
    throw soci::sqlite3_soci_error(file.path + ": " + sqlite_api::sqlite3_errstr(result), result);
  sqlite_api::sqlite3_busy_timeout(connection, kBusyMillis);
  sqlite_api::sqlite3_extended_result_codes(connection, 1);

  if (use == SqliteUse::read_write) use_write_ahead_log(session_);
  session_ << (file.synchronous_full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = OFF");
  session_ << "PRAGMA foreign_keys = OFF";
  // Ids of claims are hashes, so an import touches pages all over the file, each of them again and again.
  session_ << (file.import ? "PRAGMA cache_size = -256000" : "PRAGMA cache_size = -8000");
  session_ << "PRAGMA wal_autocheckpoint = 2000";
  if (use == SqliteUse::read_only) session_ << "PRAGMA query_only = ON";
}

bool SqliteSession::in_transaction() { return sqlite_api::sqlite3_get_autocommit(backend_of(session_).conn_) == 0; }

void SqliteSession::on_commit(std::function<void(int pages)> hear) {
  hear_ = std::move(hear);
  const auto call = [](void* self, sqlite_api::sqlite3*, const char*, int pages) {
    static_cast<SqliteSession*>(self)->hear_(pages);
    return SQLITE_OK;
  };
  sqlite_api::sqlite3_wal_hook(backend_of(session_).conn_, hear_ ? +call : nullptr, this);
}

base::Result<int> SqliteSession::checkpoint() {
  int pages = 0, done = 0;
  auto* const connection = backend_of(session_).conn_;
  const int result =
      sqlite_api::sqlite3_wal_checkpoint_v2(connection, "main", SQLITE_CHECKPOINT_PASSIVE, &pages, &done);
  if ((result & 0xff) == SQLITE_BUSY) return 0;
  if (result != SQLITE_OK) return base::fail(base::Errc::unavailable, sqlite_api::sqlite3_errmsg(connection));
  return done;
}

std::string reason_of(const soci::soci_error& error) { return error.get_error_message(); }

}  // namespace cardea::store
