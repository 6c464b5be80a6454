#include "store/archive/store_check.h"

#include <fmt/format.h>

#include "store/archive/record_check.h"
#include "store/archive/store_session.h"
#include "store/archive/table_reader.h"
#include "store/sql/cell_identity.h"
#include "store/sql/dialect.h"

namespace cardea::store {
namespace {

constexpr std::uint64_t kProgressEvery = 4096;

std::uint64_t count(soci::session& session, const std::string& select) {
  long long out = 0;
  session << select, soci::into(out);
  return static_cast<std::uint64_t>(out);
}

void add_many(StoreReport& report, std::uint64_t times, std::string_view what, std::string_view table) {
  if (times == 0) return;
  report.add({std::string(what), std::string(table), "", ""});
  report.counts[std::string(what)] += times - 1;
}

void check_rows(soci::session& session, const ArchiveTools& tools, StoreReport& report) {
  for (const auto& schema : all_kinds()) {
    const auto& table = *find_table(schema.table);
    RecordCheck check(session, schema, table, tools.clock.now(), report);
    TableReader reader(session, table);
    std::uint64_t rows = 0;
    while (const auto row = reader.next()) {
      check.row(*row);
      if (++rows % kProgressEvery == 0) tools.progress(table.name, rows);
    }
    tools.progress(table.name, rows);
    report.rows[table.name] = rows;
  }
}

// What is about the feed as a whole, the engine counts.
void check_feed(soci::session& session, StoreReport& report) {
  for (const auto& table : archived_tables()) {
    if (has_table(session, table) && !report.rows.contains(table.name))
      report.rows[table.name] = count(session, "SELECT count(*) FROM " + in_sql(table));
  }
  if (count(session, "SELECT count(*) FROM feed_head WHERE lane IN (0, 1, 2)") != 3)
    report.add({"feed_head", "feed_head", "", ""});
  add_many(report,
           count(session,
                 "SELECT count(*) FROM feed f WHERE NOT EXISTS (SELECT 1 FROM feed_head h WHERE h.lane = "
                 "f.lane AND f.lseq < h.next) OR f.lseq < 1"),
           "feed_above_head", "feed");
  add_many(report,
           count(session,
                 "SELECT count(*) FROM events e WHERE NOT EXISTS (SELECT 1 FROM feed_head h WHERE "
                 "h.lane = 2 AND e.seq < h.next) OR e.seq < 1"),
           "event_above_head", "events");
  add_many(report,
           count(session, "SELECT count(*) - count(DISTINCT lseq) FROM feed WHERE lane = 0") +
               count(session, "SELECT count(*) - count(DISTINCT lseq) FROM feed WHERE lane = 1"),
           "feed_position_twice", "feed");
  add_many(report,
           count(session, fmt::format("SELECT count(*) FROM feed WHERE kind < 1 OR kind > {}", all_kinds().size())),
           "feed_of_unknown_kind", "feed");
}

void check_feed_of(soci::session& session, const KindSchema& schema, StoreReport& report) {
  const auto kind = static_cast<int>(schema.kind);
  add_many(
      report,
      count(session, fmt::format("SELECT count(*) FROM feed f WHERE f.kind = {} AND NOT EXISTS (SELECT 1 FROM {} r "
                                 "WHERE r.tenant = f.tenant AND r.id = f.id)",
                                 kind, schema.table)),
      "feed_without_row", schema.table);
  add_many(report,
           count(session,
                 fmt::format("SELECT count(*) FROM {1} r WHERE NOT EXISTS (SELECT 1 FROM feed f WHERE f.lane IN (0, 1) "
                             "AND f.tenant = r.tenant AND f.kind = {0} AND f.id = r.id) AND NOT EXISTS (SELECT 1 FROM "
                             "outbox o WHERE o.tenant = r.tenant AND o.kind = {0} AND o.id = r.id)",
                             kind, schema.table)),
           "row_without_feed", schema.table);
}

void check_engine(soci::session& session, StoreReport& report) {
  const auto select = dialect_of(session).integrity;
  if (select.empty()) return;
  std::string answer;
  session << std::string(select), soci::into(answer);
  if (answer != "ok") report.add({"engine_integrity", "", "", ""});
}

}  // namespace

void StoreReport::add(Finding finding) {
  ++counts[finding.what];
  if (findings.size() < kMostFindings) findings.push_back(std::move(finding));
}

base::Result<StoreReport> check_store(std::string_view url, const ArchiveTools& tools) {
  auto session = open_session(url, SessionUse::read);
  if (!session) return base::pass_on(session);
  return with_reasons(**session, [&](soci::session& sql) -> base::Result<StoreReport> {
    const Snapshot snapshot(**session);
    StoreReport report;
    report.store = read_identity(sql);
    if (report.store.incarnation.empty()) return base::fail(base::Errc::invalid, "the store is empty");
    if (report.store.incarnation.starts_with(kUnfinishedRestore)) {
      report.add({"unfinished_restore", "meta", "", ""});
      return report;
    }
    check_rows(sql, tools, report);
    check_feed(sql, report);
    for (const auto& schema : all_kinds()) check_feed_of(sql, schema, report);
    check_engine(sql, report);
    return report;
  });
}

}  // namespace cardea::store
