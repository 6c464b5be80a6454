#include "store/sql/migrations.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

#include "store/sql/dialect.h"

namespace cardea::store {
namespace {

struct Table {
  const char* name;
  std::vector<const char*> lookups;
  bool expires;
};

// A statement with the types of the engine in it.
std::string in_dialect(const Dialect& dialect, std::string_view statement) {
  return fmt::format(fmt::runtime(statement), fmt::arg("number", dialect.number), fmt::arg("key", dialect.key),
                     fmt::arg("text", dialect.text), fmt::arg("numbered_key", dialect.numbered_key),
                     fmt::arg("by_key", dialect.by_key));
}

// A kind's table. Small columns come first: they are read without following a long document to its overflow pages.
// Empty instead of NULL throughout.
std::vector<std::string> record_table(const Dialect& dialect, const Table& table) {
  std::string columns;
  for (const char* lookup : table.lookups)
    columns += fmt::format("by_{} {} NOT NULL DEFAULT '', ", lookup, dialect.key);
  std::vector<std::string> out;
  out.push_back(
      fmt::format("CREATE TABLE {0} (tenant {2} NOT NULL, id {2} NOT NULL, {1}scope {3} NOT NULL DEFAULT 0, "
                  "deleted {3} NOT NULL DEFAULT 0, expires_at {3} NOT NULL DEFAULT 0, ver {4} NOT NULL, "
                  "doc {4} NOT NULL, PRIMARY KEY (tenant, id))",
                  table.name, columns, dialect.key, dialect.number, dialect.text));
  const auto index = [&](std::string statement, const std::string& condition) {
    out.push_back(dialect.partial_indexes ? statement + " WHERE " + condition : std::move(statement));
  };
  for (const char* lookup : table.lookups)
    index(fmt::format("CREATE INDEX {0}_by_{1} ON {0} (tenant, by_{1}, id)", table.name, lookup),
          fmt::format("by_{} <> ''", lookup));
  if (table.expires) index(fmt::format("CREATE INDEX {0}_expires ON {0} (expires_at)", table.name), "expires_at > 0");
  return out;
}

// REPLICATION.md §2.3. Lane 2 of feed_head numbers the events.
constexpr std::array kFirstTables = {
    "CREATE TABLE meta (one {number} PRIMARY KEY CHECK (one = 1), cell_id {number} NOT NULL, "
    "incarnation {text} NOT NULL, \"schema\" {number} NOT NULL, min_reader {number} NOT NULL, epoch {number} NOT NULL, "
    "hlc_ceiling {number} NOT NULL, checked_at {number} NOT NULL DEFAULT 0)",
    "INSERT INTO meta (one, cell_id, incarnation, \"schema\", min_reader, epoch, hlc_ceiling) "
    "VALUES (1, 0, '', 0, 0, 0, 0)",
    "CREATE TABLE outbox (ulid {key} PRIMARY KEY, lane {number} NOT NULL, tenant {key} NOT NULL, "
    "kind {number} NOT NULL, id {key} NOT NULL){by_key}",
    "CREATE TABLE feed (lane {number} NOT NULL, lseq {number} NOT NULL, tenant {key} NOT NULL, kind {number} NOT NULL, "
    "id {key} NOT NULL, via_cell {number} NOT NULL DEFAULT 0, PRIMARY KEY (lane, tenant, kind, id)){by_key}",
    "CREATE UNIQUE INDEX feed_order ON feed (lane, lseq)",
    "CREATE TABLE feed_head (lane {number} PRIMARY KEY, next {number} NOT NULL, term {number} NOT NULL)",
    "INSERT INTO feed_head (lane, next, term) VALUES (0, 1, 1), (1, 1, 1), (2, 1, 1)",
    "CREATE TABLE events (seq {number} PRIMARY KEY, tenant {key} NOT NULL, type {text} NOT NULL, at {number} NOT NULL, "
    "body {text} NOT NULL)",
    "CREATE INDEX events_of_tenant ON events (tenant, seq)",
    "CREATE TABLE \"cursor\" (peer {key} NOT NULL, incarnation {key} NOT NULL, lane {number} NOT NULL, "
    "lseq {number} NOT NULL, PRIMARY KEY (peer, incarnation, lane)){by_key}",
    "CREATE TABLE peer_ack (peer {key} NOT NULL, incarnation {key} NOT NULL, lane {number} NOT NULL, "
    "lseq {number} NOT NULL, at {number} NOT NULL, PRIMARY KEY (peer, incarnation, lane)){by_key}",
    "CREATE TABLE job (id {numbered_key}, tenant {key} NOT NULL, queue {key} NOT NULL, "
    "run_at {number} NOT NULL, attempts {number} NOT NULL DEFAULT 0, body {text} NOT NULL)",
    "CREATE INDEX job_due ON job (queue, run_at, id)",
};

// Where several transactions write at once (store/sql/outbox.h).
constexpr std::array kFirstTablesOfSeveralWriters = {
    "CREATE INDEX outbox_by_lane ON outbox (lane, ulid)",
    "CREATE TABLE event_outbox (ulid {key} PRIMARY KEY, tenant {key} NOT NULL, type {text} NOT NULL, "
    "at {number} NOT NULL, body {text} NOT NULL)",
};

// Where those who read take from the outbox in steps (store/sql/outbox_steps.h).
constexpr const char* kTaken =
    "CREATE TABLE outbox_taken (lane {number} NOT NULL, ulid {key} NOT NULL, PRIMARY KEY (lane, ulid))";

// Written out rather than taken from store/kind.h: a step must stay what it was when kinds change.
std::vector<std::string> first_step(const Dialect& dialect) {
  std::vector<std::string> out;
  for (const char* statement : kFirstTables) out.push_back(in_dialect(dialect, statement));
  if (dialect.several_writers())
    for (const char* statement : kFirstTablesOfSeveralWriters) out.push_back(in_dialect(dialect, statement));
  if (dialect.numbering == Dialect::Numbering::steps) out.push_back(in_dialect(dialect, kTaken));
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
    for (auto& statement : record_table(dialect, table)) out.push_back(std::move(statement));
  return out;
}

// An outbox that says which cell a change came from: see Change::via. A row of a program that does not know of it says
// 0, which is always right.
std::vector<std::string> outbox_via(const Dialect& dialect) {
  return {in_dialect(dialect, "ALTER TABLE outbox ADD COLUMN via_cell {number} NOT NULL DEFAULT 0")};
}

// What the mesh could not take over (store/mesh_store.h). What comes from a peer is longer than any key.
std::vector<std::string> quarantine(const Dialect& dialect) {
  return {in_dialect(dialect,
                     "CREATE TABLE repl_quarantine (slot {key} PRIMARY KEY, peer {number} NOT NULL, lane {number} NOT "
                     "NULL, tenant {text} NOT NULL, kind {number} NOT NULL, id {text} NOT NULL, bytes {text} NOT NULL, "
                     "reason {text} NOT NULL, at {number} NOT NULL, due {number} NOT NULL DEFAULT 0)"),
          in_dialect(dialect, "CREATE INDEX quarantine_due ON repl_quarantine (due)")};
}

// What operators have decided about cells.
std::vector<std::string> members(const Dialect& dialect) { return record_table(dialect, {"rec_member", {}, false}); }

struct Step {
  int min_reader;  // the oldest schema whose programs can go on with the result
  std::vector<std::string> (*statements)(const Dialect& dialect);
};

// Position = schema - 1. Append only.
constexpr std::array kSteps = {Step{1, first_step}, Step{1, outbox_via}, Step{1, quarantine}, Step{1, members}};

// Whether nobody else was faster.
bool run_step(soci::session& session, int number) {
  const auto& step = kSteps[static_cast<std::size_t>(number - 1)];
  const auto& dialect = dialect_of(session);
  for (const auto& statement : step.statements(dialect)) {
    try {
      session << statement;
    } catch (const soci::soci_error& error) {
      if (dialect.made_already == nullptr || !dialect.made_already(error)) throw;
    }
  }
  soci::statement done =
      (session.prepare << fmt::format("UPDATE meta SET \"schema\" = {0}, min_reader = {1} WHERE \"schema\" < {0}",
                                      number, step.min_reader));
  done.execute(true);
  return done.get_affected_rows() > 0;
}

// Whether the step was still to be done. Another process may have been faster; where it can write at the same time,
// ours then fails on what it has made. Where tables are made outside of transactions a step may be cut in the middle:
// the next one passes over what is there, and the number in meta comes last.
bool advance(soci::session& session, int number) {
  if (dialect_of(session).made_already != nullptr) return schema_version(session) < number && run_step(session, number);
  session << std::string(dialect_of(session).begin);
  try {
    const bool due = schema_version(session) < number && run_step(session, number);
    session << "COMMIT";
    return due;
  } catch (const soci::soci_error&) {
    session << "ROLLBACK";
    if (schema_version(session) < number) throw;
    return false;
  }
}

}  // namespace

int newest_schema() { return static_cast<int>(kSteps.size()); }

int schema_version(soci::session& session) {
  int tables = 0;
  session << std::string(dialect_of(session).has_meta), soci::into(tables);
  if (tables == 0) return 0;
  int version = 0;
  session << "SELECT \"schema\" FROM meta", soci::into(version);
  return version;
}

base::Result<void> check_readable(soci::session& session, int version) {
  if (version <= newest_schema()) return {};
  int min_reader = 0;
  session << "SELECT min_reader FROM meta", soci::into(min_reader);
  if (min_reader <= newest_schema()) return {};
  return base::fail(base::Errc::invalid, "the database has schema " + std::to_string(version) +
                                             ", made by a newer version; this one knows " +
                                             std::to_string(newest_schema()) + ": use the newer program");
}

base::Result<int> migrate(soci::session& session) {
  const int before = schema_version(session);
  if (const auto known = check_readable(session, before); !known) return base::pass_on(known);
  int done = 0;
  for (int number = before + 1; number <= newest_schema(); ++number) done += advance(session, number) ? 1 : 0;
  return done;
}

}  // namespace cardea::store
