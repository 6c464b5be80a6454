#include "store/sql/migrations.h"

#include <fmt/core.h>

#include <array>
#include <string>
#include <vector>

namespace cardea::store {
namespace {

struct Table {
  const char* name;
  std::vector<const char*> lookups;
  bool expires;
};

// A kind's table. Small columns come first: they are read without following a long document to its overflow pages.
// Empty instead of NULL throughout.
std::vector<std::string> record_table(const Table& table) {
  std::string columns;
  for (const char* lookup : table.lookups) columns += fmt::format("by_{} TEXT NOT NULL DEFAULT '', ", lookup);
  std::vector<std::string> out;
  out.push_back(
      fmt::format("CREATE TABLE {} (tenant TEXT NOT NULL, id TEXT NOT NULL, {}scope INTEGER NOT NULL DEFAULT 0, "
                  "deleted INTEGER NOT NULL DEFAULT 0, expires_at INTEGER NOT NULL DEFAULT 0, ver TEXT NOT NULL, "
                  "doc TEXT NOT NULL, PRIMARY KEY (tenant, id))",
                  table.name, columns));
  for (const char* lookup : table.lookups)
    out.push_back(
        fmt::format("CREATE INDEX {0}_by_{1} ON {0} (tenant, by_{1}, id) WHERE by_{1} <> ''", table.name, lookup));
  if (table.expires)
    out.push_back(fmt::format("CREATE INDEX {0}_expires ON {0} (expires_at) WHERE expires_at > 0", table.name));
  return out;
}

// REPLICATION.md §2.3. Lane 2 of feed_head numbers the events.
constexpr std::array kFirstTables = {
    "CREATE TABLE meta (one INTEGER PRIMARY KEY CHECK (one = 1), cell_id INTEGER NOT NULL, incarnation TEXT NOT NULL, "
    "schema INTEGER NOT NULL, min_reader INTEGER NOT NULL, epoch INTEGER NOT NULL, hlc_ceiling INTEGER NOT NULL, "
    "checked_at INTEGER NOT NULL DEFAULT 0)",
    "INSERT INTO meta (one, cell_id, incarnation, schema, min_reader, epoch, hlc_ceiling) VALUES (1, 0, '', 1, 1, 0, "
    "0)",
    "CREATE TABLE outbox (ulid TEXT PRIMARY KEY, lane INTEGER NOT NULL, tenant TEXT NOT NULL, kind INTEGER NOT NULL, "
    "id TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE feed (lane INTEGER NOT NULL, lseq INTEGER NOT NULL, tenant TEXT NOT NULL, kind INTEGER NOT NULL, "
    "id TEXT NOT NULL, via_cell INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (lane, tenant, kind, id)) WITHOUT ROWID",
    "CREATE UNIQUE INDEX feed_order ON feed (lane, lseq)",
    "CREATE TABLE feed_head (lane INTEGER PRIMARY KEY, next INTEGER NOT NULL, term INTEGER NOT NULL)",
    "INSERT INTO feed_head (lane, next, term) VALUES (0, 1, 1), (1, 1, 1), (2, 1, 1)",
    "CREATE TABLE events (seq INTEGER PRIMARY KEY, tenant TEXT NOT NULL, type TEXT NOT NULL, at INTEGER NOT NULL, "
    "body TEXT NOT NULL)",
    "CREATE INDEX events_of_tenant ON events (tenant, seq)",
    "CREATE TABLE cursor (peer TEXT NOT NULL, incarnation TEXT NOT NULL, lane INTEGER NOT NULL, lseq INTEGER NOT NULL, "
    "PRIMARY KEY (peer, incarnation, lane)) WITHOUT ROWID",
    "CREATE TABLE peer_ack (peer TEXT NOT NULL, incarnation TEXT NOT NULL, lane INTEGER NOT NULL, "
    "lseq INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (peer, incarnation, lane)) WITHOUT ROWID",
    "CREATE TABLE job (id INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, queue TEXT NOT NULL, "
    "run_at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, body TEXT NOT NULL)",
    "CREATE INDEX job_due ON job (queue, run_at, id)",
};

// Written out rather than taken from store/kind.h: a step must stay what it was when kinds change.
std::vector<std::string> first_step() {
  std::vector<std::string> out(kFirstTables.begin(), kFirstTables.end());
  const std::vector<Table> tables = {
      {"rec_tenant", {}, false},
      {"rec_client", {}, false},
      {"rec_connection", {}, false},
      {"rec_resource_server", {}, false},
      {"rec_client_grant", {"client_id", "audience"}, false},
      {"rec_user", {"email"}, false},
      {"rec_identity", {"user"}, false},
      {"rec_credential", {"user"}, false},
      {"rec_session", {"user"}, true},
      {"rec_consumption", {}, true},
      {"rec_refresh_family", {"user", "session", "user_client"}, true},
      {"rec_consent", {"user"}, false},
      {"rec_signing_key", {}, false},
      {"rec_ticket", {"user"}, true},
      {"rec_claim", {}, false},
      {"rec_user_permission", {"user"}, false},
  };
  for (const auto& table : tables)
    for (auto& statement : record_table(table)) out.push_back(std::move(statement));
  return out;
}

struct Step {
  int min_reader;  // the oldest schema whose programs can go on with the result
  std::vector<std::string> statements;
};

// Position = schema - 1. Append only.
const std::vector<Step>& steps() {
  static const std::vector<Step> all = {{1, first_step()}};
  return all;
}

void run_step(soci::session& session, int number) {
  const auto& step = steps()[static_cast<std::size_t>(number - 1)];
  for (const auto& statement : step.statements) session << statement;
  session << "UPDATE meta SET schema = " << number << ", min_reader = " << step.min_reader;
}

// Whether the step was still to be done. Another process may have been faster.
bool advance(soci::session& session, int number) {
  session << "BEGIN IMMEDIATE";
  const bool due = schema_version(session) < number;
  if (due) run_step(session, number);
  session << "COMMIT";
  return due;
}

}  // namespace

int newest_schema() { return static_cast<int>(steps().size()); }

int schema_version(soci::session& session) {
  int tables = 0;
  session << "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'meta'", soci::into(tables);
  if (tables == 0) return 0;
  int version = 0;
  session << "SELECT schema FROM meta", soci::into(version);
  return version;
}

base::Result<int> migrate(soci::session& session) {
  const int before = schema_version(session);
  if (before > newest_schema()) {
    int min_reader = 0;
    session << "SELECT min_reader FROM meta", soci::into(min_reader);
    if (min_reader > newest_schema())
      return base::fail(base::Errc::invalid, "the database has schema " + std::to_string(before) +
                                                 ", made by a newer version; this one knows " +
                                                 std::to_string(newest_schema()) + ": use the newer program");
    return 0;
  }
  int done = 0;
  for (int number = before + 1; number <= newest_schema(); ++number) done += advance(session, number) ? 1 : 0;
  return done;
}

}  // namespace cardea::store
