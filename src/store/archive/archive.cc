#include "store/archive/archive.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ulid.h"
#include "store/archive/row_digest.h"
#include "store/archive/row_stream.h"
#include "store/archive/sealed_archive.h"
#include "store/archive/store_loader.h"
#include "store/archive/store_session.h"
#include "store/archive/table_reader.h"
#include "store/sql/cell_identity.h"

namespace cardea::store {
namespace {

constexpr std::uint64_t kProgressEvery = 4096;  // rows

base::Result<StoreIdentity> identity_of(soci::session& session) {
  auto identity = read_identity(session);
  if (identity.incarnation.empty()) return base::fail(base::Errc::invalid, "the store is empty: nothing to keep");
  if (identity.incarnation.starts_with(kUnfinishedRestore))
    return base::fail(base::Errc::invalid, "a restore into this database has not come to its end");
  return identity;
}

// Calls `take(row, encoded)` for every row, and gives what they were.
template <class Next, class Take>
base::Result<TableSum> each_row(const Table& table, const ArchiveTools& tools, Next next, Take take) {
  RowDigest digest(table.name);
  std::string encoded;
  while (true) {
    auto row = next();
    if (!row) return base::pass_on(row);
    if (!*row) break;
    encoded.clear();
    append_row(encoded, **row);
    digest.add(encoded);
    if (auto done = take(std::move(**row), encoded); !done) return base::pass_on(done);
    if (digest.rows() % kProgressEvery == 0) tools.progress(table.name, digest.rows());
  }
  tools.progress(table.name, digest.rows());
  return TableSum{digest.rows(), digest.hex()};
}

// All tables of a store to `to`, which has begin(table), row(row, encoded) and end(sum).
template <class To>
base::Result<TableSums> read_tables(soci::session& session, const ArchiveTools& tools, To& to) {
  TableSums sums;
  for (const auto& table : archived_tables()) {
    if (auto done = to.begin(table); !done) return base::pass_on(done);
    std::optional<TableReader> reader;
    if (has_table(session, table)) reader.emplace(session, table);
    auto sum = each_row(
        table, tools,
        [&]() -> base::Result<std::optional<Row>> { return reader ? reader->next() : std::optional<Row>(); },
        [&](Row row, const std::string& encoded) { return to.row(std::move(row), encoded); });
    if (!sum) return base::pass_on(sum);
    if (auto done = to.end(*sum); !done) return base::pass_on(done);
    sums.emplace(table.name, std::move(*sum));
  }
  return sums;
}

struct ToArchive {
  RowStreamWriter& writer;
  base::Result<void> begin(const Table& table) { return writer.begin(table); }
  base::Result<void> row(Row, const std::string& encoded) { return writer.row(encoded); }
  base::Result<void> end(const TableSum& sum) { return writer.end(sum); }
};

struct ToStore {
  StoreLoader& loader;
  base::Result<void> begin(const Table& table) { return loader.begin(table); }
  base::Result<void> row(Row row, const std::string&) { return loader.add(std::move(row)); }
  base::Result<void> end(const TableSum&) { return loader.end(); }
};

struct ToNowhere {
  base::Result<void> begin(const Table&) { return {}; }
  base::Result<void> row(Row, const std::string&) { return {}; }
  base::Result<void> end(const TableSum&) { return {}; }
};

// The same from an archive, which is then read to its end and compared with what it says of itself.
template <class To>
base::Result<Manifest> read_archive(ArchiveSource& source, const ArchiveKeys& keys, const ArchiveTools& tools, To to) {
  auto input = SealedInput::open(source, keys);
  if (!input) return base::pass_on(input);
  RowStreamReader reader(**input);
  TableSums sums;
  while (true) {
    const auto table = reader.begin();
    if (!table) return base::pass_on(table);
    if (!*table) break;
    if (auto done = to.begin(**table); !done) return base::pass_on(done);
    auto sum = each_row(
        **table, tools, [&] { return reader.row(); },
        [&](Row row, const std::string& encoded) { return to.row(std::move(row), encoded); });
    if (!sum) return base::pass_on(sum);
    if (auto done = to.end(*sum); !done) return base::pass_on(done);
    if (*sum != reader.sum() || !sums.emplace((*table)->name, *sum).second)
      return base::fail(base::Errc::invalid, fmt::format("the archive's content is damaged: table {}", (*table)->name));
  }
  auto manifest = (*input)->finish();
  if (!manifest) return manifest;
  if (auto same = compare(manifest->tables, sums); !same) return base::pass_on(same);
  return manifest;
}

base::Result<void> read_back(StoreLoader& loader, const TableSums& sums) {
  const auto found = loader.read_back();
  if (!found) return base::pass_on(found);
  if (auto same = compare(sums, *found); !same)
    return base::fail(base::Errc::unavailable, "what was written does not read back: " + same.error().reason);
  return {};
}

// What tells that somebody has written: each write moves a head, or waits in an outbox.
base::Result<TableSums> marks_of(soci::session& session) {
  TableSums out;
  for (const auto* name : {"feed_head", "outbox", "event_outbox", "job"}) {
    const auto& table = *find_table(name);
    if (!has_table(session, table)) continue;
    RowDigest digest(name);
    TableReader reader(session, table);
    std::string encoded;
    while (const auto row = reader.next()) {
      encoded.clear();
      append_row(encoded, *row);
      digest.add(encoded);
    }
    out.emplace(name, TableSum{digest.rows(), digest.hex()});
  }
  return out;
}

base::Result<bool> changed_since(StoreSession& source, const TableSums& sums) {
  const auto marks = with_reasons(source, marks_of);
  if (!marks) return base::pass_on(marks);
  return std::ranges::any_of(*marks, [&](const auto& mark) { return sums.at(mark.first) != mark.second; });
}

}  // namespace

base::Result<Manifest> make_archive(std::string_view url, const ArchiveKeys& keys, ArchiveSink& sink,
                                    const ArchiveTools& tools) {
  auto session = open_session(url, SessionUse::read);
  if (!session) return base::pass_on(session);
  auto output = SealedOutput::open(sink, keys, tools.random);
  if (!output) return base::pass_on(output);
  auto manifest = with_reasons(**session, [&](soci::session& sql) -> base::Result<Manifest> {
    const Snapshot snapshot(**session);
    Manifest out{.made_at = tools.clock.now(), .version = tools.version, .engine = sql.get_backend_name()};
    auto identity = identity_of(sql);
    if (!identity) return base::pass_on(identity);
    out.store = std::move(*identity);
    RowStreamWriter writer(**output);
    ToArchive to{writer};
    auto sums = read_tables(sql, tools, to);
    if (!sums) return base::pass_on(sums);
    out.tables = std::move(*sums);
    if (auto done = writer.finish(); !done) return base::pass_on(done);
    return out;
  });
  if (!manifest) return manifest;
  if (auto done = (*output)->finish(*manifest); !done) return base::pass_on(done);
  return manifest;
}

base::Result<Manifest> check_archive(ArchiveSource& source, const ArchiveKeys& keys, const ArchiveTools& tools) {
  return read_archive(source, keys, tools, ToNowhere{});
}

base::Result<Manifest> restore_archive(const OpenSource& open, const ArchiveKeys& keys, std::string_view url,
                                       std::uint16_t cell, const ArchiveTools& tools) {
  auto first = open();
  if (!first) return base::pass_on(first);
  auto checked = check_archive(**first, keys, tools);
  if (!checked) return checked;
  if (checked->store.cell != cell)
    return base::fail(base::Errc::invalid,
                      fmt::format("the archive is of cell {}, but cell.number is {}", checked->store.cell, cell));
  first->reset();

  auto session = open_session(url, SessionUse::fill);
  if (!session) return base::pass_on(session);
  auto loader = StoreLoader::claim(**session, tools.clock, tools.random);
  if (!loader) return base::pass_on(loader);
  auto again = open();
  if (!again) return base::pass_on(again);
  auto manifest = read_archive(**again, keys, tools, ToStore{**loader});
  if (!manifest) return manifest;
  if (auto same = read_back(**loader, manifest->tables); !same) return base::pass_on(same);
  manifest->store.incarnation = base::new_ulid(tools.clock, tools.random);
  if (auto done = (*loader)->finish(manifest->store); !done) return base::pass_on(done);
  return manifest;
}

base::Result<CopyReport> copy_store(std::string_view from, std::string_view to, const ArchiveTools& tools) {
  auto source = open_session(from, SessionUse::read);
  if (!source) return base::pass_on(source);
  auto known = with_reasons(**source, identity_of);
  if (!known) return base::pass_on(known);
  auto target = open_session(to, SessionUse::fill);
  if (!target) return base::pass_on(target);
  auto loader = StoreLoader::claim(**target, tools.clock, tools.random);
  if (!loader) return base::pass_on(loader);

  CopyReport report;
  auto copied = with_reasons(**source, [&](soci::session& sql) -> base::Result<TableSums> {
    const Snapshot snapshot(**source);
    report.copied = {.made_at = tools.clock.now(), .version = tools.version, .engine = sql.get_backend_name()};
    report.copied.store = read_identity(sql);
    ToStore store{**loader};
    return read_tables(sql, tools, store);
  });
  if (!copied) return base::pass_on(copied);
  report.copied.tables = std::move(*copied);
  if (auto same = read_back(**loader, report.copied.tables); !same) return base::pass_on(same);
  if (auto done = (*loader)->finish(report.copied.store); !done) return base::pass_on(done);
  const auto changed = changed_since(**source, report.copied.tables);
  if (!changed) return base::pass_on(changed);
  report.source_changed = *changed;
  return report;
}

}  // namespace cardea::store
