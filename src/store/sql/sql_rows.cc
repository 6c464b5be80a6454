#include "store/sql/sql_rows.h"

#include <fmt/core.h>

#include <optional>
#include <stdexcept>

#include "store/row_text.h"

namespace cardea::store {
namespace {

using Number = long long;
using Text = std::string;
using None = std::tuple<>;

constexpr std::string_view kLive = "deleted = 0 AND (expires_at = 0 OR expires_at > :now)";

// In the order in which SqlRows::insert() gives them.
std::vector<std::string> insert_columns(const KindSchema& schema) {
  std::vector<std::string> out = {"deleted", "expires_at", "ver", "doc", "tenant", "id"};
  for (const auto& lookup : schema.lookups) out.push_back(fmt::format("by_{}", lookup.name));
  return out;
}

std::string select_row(const KindSchema& schema) {
  return fmt::format("SELECT ver, doc, deleted, expires_at FROM {} WHERE tenant = :tenant AND id = :id", schema.table);
}

std::string select_list(const KindSchema& schema, std::string_view condition) {
  return fmt::format(
      "SELECT id, ver, doc, expires_at FROM {} WHERE tenant = :tenant AND {}id > :after AND {} "
      "ORDER BY id LIMIT :most",
      schema.table, condition, kLive);
}

// Lookups that a kind does not have have no place in the text, so each number of lookups is a type of its own.
template <class... Lookups>
struct Writes {
  Writes(const SqlLink& link, const KindSchema& schema)
      : update(link, update_row(schema, "")), update_with_lookups(link, update_row(schema, lookup_settings(schema))) {}

  static std::string update_row(const KindSchema& schema, std::string_view lookups) {
    return fmt::format(
        "UPDATE {} SET deleted = :deleted, expires_at = :expires_at, ver = :ver, doc = :doc{} "
        "WHERE tenant = :tenant AND id = :id",
        schema.table, lookups);
  }

  static std::string lookup_settings(const KindSchema& schema) {
    std::string out;
    for (const auto& lookup : schema.lookups) out += fmt::format(", by_{0} = :by_{0}", lookup.name);
    return out;
  }

  KeptQuery<std::tuple<Number, Number, Text, Text, Text, Text>, None> update;
  KeptQuery<std::tuple<Number, Number, Text, Text, Lookups..., Text, Text>, None> update_with_lookups;
};

}  // namespace

struct SqlRows::Table {
  Table(const SqlLink& link, const KindSchema& schema)
      : read(link, select_row(schema)),
        read_locked(link, select_row(schema).append(link.dialect.lock)),
        all(link, select_list(schema, "")),
        all_locked(link, select_list(schema, "").append(link.dialect.lock)),
        count(link, fmt::format("SELECT count(*) FROM {} WHERE tenant = :tenant AND {}", schema.table, kLive)),
        versions(link, fmt::format("SELECT id, ver, deleted, expires_at FROM {} WHERE tenant = :tenant AND id > :after "
                                   "ORDER BY id LIMIT :most",
                                   schema.table)),
        next_tenant(link,
                    fmt::format("SELECT tenant FROM {} WHERE tenant > :tenant ORDER BY tenant LIMIT 1", schema.table)),
        remove(link, fmt::format("DELETE FROM {} WHERE tenant = :tenant AND id = :id", schema.table)),
        inserts(link, std::string(schema.table), insert_columns(schema)) {
    switch (schema.lookups.size()) {
      case 0:
        writes0.emplace(link, schema);
        break;
      case 1:
        writes1.emplace(link, schema);
        break;
      case 2:
        writes2.emplace(link, schema);
        break;
      case 3:
        writes3.emplace(link, schema);
        break;
      default:
        throw std::invalid_argument("a kind with more lookups than the tables have columns");
    }
    for (const auto& lookup : schema.lookups) {
      // The second condition lets the partial index serve.
      const auto condition = fmt::format("by_{0} = :value AND by_{0} <> '' AND ", lookup.name);
      auto select = select_list(schema, condition);
      by_lookup.push_back(std::make_unique<ByLookup>(link, select));
      by_lookup_locked.push_back(std::make_unique<ByLookup>(link, select.append(link.dialect.lock)));
    }
    if (schema.expires) {
      expired.emplace(link, fmt::format("SELECT tenant, id FROM {} WHERE expires_at > 0 AND expires_at < :before "
                                        "ORDER BY expires_at LIMIT :most{}",
                                        schema.table, link.dialect.lock_free));
    }
  }

  using ListColumns = std::tuple<Text, Text, Text, Number>;
  using ByLookup = KeptQuery<std::tuple<Text, Text, Text, Number, Number>, ListColumns>;

  KeptQuery<std::tuple<Text, Text>, std::tuple<Text, Text, Number, Number>> read, read_locked;
  KeptQuery<std::tuple<Text, Text, Number, Number>, ListColumns> all, all_locked;
  KeptQuery<std::tuple<Text, Number>, std::tuple<Number>> count;
  KeptQuery<std::tuple<Text, Text, Number>, std::tuple<Text, Text, Number, Number>> versions;
  KeptQuery<std::tuple<Text>, std::tuple<Text>> next_tenant;
  KeptQuery<std::tuple<Text, Text>, None> remove;
  RowInserts inserts;
  std::vector<std::unique_ptr<ByLookup>> by_lookup, by_lookup_locked;
  std::optional<Writes<>> writes0;
  std::optional<Writes<Text>> writes1;
  std::optional<Writes<Text, Text>> writes2;
  std::optional<Writes<Text, Text, Text>> writes3;
  std::optional<KeptQuery<std::tuple<Number, Number>, std::tuple<Text, Text>>> expired;
};

void SqlRows::TableDeleter::operator()(Table* table) const { delete table; }

SqlRows::Table& SqlRows::table(Kind kind) {
  auto& slot = tables_.at(static_cast<std::size_t>(kind));
  if (slot == nullptr) slot.reset(new Table(link_, schema_of(kind)));
  return *slot;
}

std::optional<StoredRow> SqlRows::read(const Key& key) {
  std::optional<StoredRow> out;
  auto& from = table(key.kind);
  (lock_reads_ ? from.read_locked : from.read)
      .each(
          [&](std::string& ver, std::string& doc, Number deleted, Number expires_at) {
            out.emplace();
            out->ver.swap(ver);
            out->doc.swap(doc);
            out->deleted = deleted != 0;
            out->expires_at = expires_at;
          },
          key.tenant.value, key.id);
  return out;
}

void SqlRows::write(const Key& key, const StoredRow& row, RowChange change) {
  changing();
  auto& to = table(key.kind);
  if (change == RowChange::insert) return insert(to, key, row);
  write_waiting(to.inserts);
  const auto put = [&](auto& writes, const auto&... lookups) {
    const Number deleted = row.deleted ? 1 : 0;
    if (change == RowChange::update)
      writes->update.run(deleted, row.expires_at, row.ver, row.doc, key.tenant.value, key.id);
    else
      writes->update_with_lookups.run(deleted, row.expires_at, row.ver, row.doc, lookups..., key.tenant.value, key.id);
  };
  if (to.writes0) put(to.writes0);
  if (to.writes1) put(to.writes1, row.lookups[0]);
  if (to.writes2) put(to.writes2, row.lookups[0], row.lookups[1]);
  if (to.writes3) put(to.writes3, row.lookups[0], row.lookups[1], row.lookups[2]);
}

void SqlRows::insert(Table& to, const Key& key, const StoredRow& row) {
  Cells cells = {Number{row.deleted ? 1 : 0}, Number{row.expires_at}, row.ver, row.doc, key.tenant.value, key.id};
  const auto lookups = schema_of(key.kind).lookups.size();
  for (std::size_t i = 0; i < lookups; ++i) cells.emplace_back(row.lookups.at(i));
  if (!to.inserts.waiting()) waiting_.push_back(&to.inserts);
  to.inserts.add(std::move(cells));
  if (!outbox_) write_waiting(to.inserts);
}

void SqlRows::write_waiting(RowInserts& inserts) {
  if (std::erase(waiting_, &inserts) > 0) inserts.flush();
}

void SqlRows::finish() {
  for (auto* inserts : waiting_) inserts->flush();
  waiting_.clear();
  if (outbox_) outbox_->finish();
}

void SqlRows::forget() {
  for (auto* inserts : waiting_) inserts->forget();
  waiting_.clear();
  if (outbox_) outbox_->forget();
}

std::vector<IdentifiedRow> SqlRows::list(const model::TenantId& tenant, Kind kind, std::optional<std::size_t> lookup,
                                         std::string_view value, std::string_view after, base::Time now,
                                         std::size_t limit) {
  std::vector<IdentifiedRow> out;
  const auto take = [&](std::string& id, std::string& ver, std::string& doc, Number expires_at) {
    out.push_back({std::move(id), {std::move(doc), std::move(ver), false, expires_at, {}}});
  };
  auto& from = table(kind);
  write_waiting(from.inserts);
  if (lookup) {
    auto& query = *(lock_reads_ ? from.by_lookup_locked : from.by_lookup).at(*lookup);
    query.each(take, tenant.value, value, after, base::to_millis(now), clamped(limit));
  } else {
    auto& query = lock_reads_ ? from.all_locked : from.all;
    query.each(take, tenant.value, after, base::to_millis(now), clamped(limit));
  }
  return out;
}

void SqlRows::announce(Lane lane, const Key& key, model::CellNumber via) {
  changing();
  if (outbox_) return outbox_->announce(lane, key, via);
  feed_.announce(lane, key, via);
}

void SqlRows::set_cursor(const std::string& follower, Lane lane, std::uint64_t lseq) {
  changing();
  feed_.set_cursor(follower, lane, lseq);
}

void SqlRows::append(const model::Event& event) {
  changing();
  if (outbox_) return outbox_->append(event);
  journal_.append(event, feed_.next(kEventLane));
}

void SqlRows::enqueue(const model::Job& job) {
  changing();
  journal_.enqueue(job);
}

base::Result<Changes> SqlRows::changes(Lane lane, std::uint64_t since, std::size_t most, std::size_t bytes) {
  Changes out;
  out.head = feed_.head(lane);
  out.last = since;
  std::size_t size = 0;
  for (auto& [entry, via] : feed_.read_sent(lane, since, most)) {
    if (size >= bytes) return out;
    out.last = entry.lseq;
    const auto row = read(entry.key);
    if (!row) continue;  // swept
    size += row->doc.size() + row->ver.size();
    auto record = read_row(std::move(entry.key), *row);
    if (!record) return base::pass_on(record);
    out.rows.push_back({entry.lseq, via, std::move(*record)});
  }
  return out;
}

std::uint64_t SqlRows::count(const model::TenantId& tenant, Kind kind, base::Time now) {
  std::uint64_t out = 0;
  table(kind).count.each([&](Number total) { out = static_cast<std::uint64_t>(total); }, tenant.value,
                         base::to_millis(now));
  return out;
}

std::size_t SqlRows::sweep(base::Time expired_before, std::size_t limit) {
  changing();
  std::size_t total = 0;
  for (const auto& schema : all_kinds()) {
    if (!schema.expires || total >= limit) continue;
    auto& from = table(schema.kind);
    std::vector<Key> keys;
    from.expired->each(
        [&](std::string& tenant, std::string& id) {
          keys.push_back({model::TenantId(std::move(tenant)), schema.kind, std::move(id)});
        },
        base::to_millis(expired_before), clamped(limit - total));
    for (const auto& key : keys) {
      from.remove.run(key.tenant.value, key.id);
      feed_.remove(key);
    }
    total += keys.size();
  }
  return total;
}

void SqlRows::quarantine(const Quarantined& row) {
  changing();
  peers_.quarantine(row);
}

bool SqlRows::release(const std::string& slot) {
  changing();
  return peers_.release(slot);
}

void SqlRows::acknowledge(const std::string& incarnation, const PeerAck& ack) {
  changing();
  peers_.acknowledge(incarnation, ack);
}

std::string SqlRows::renew_incarnation(const std::string& known, const std::string& next) {
  changing();
  return peers_.renew_incarnation(known, next);
}

bool SqlRows::forget_tombstone(const Key& key, const std::string& stamps,
                               const std::function<std::uint64_t(Lane)>& acknowledged) {
  const auto row = read(key);
  if (!row || !row->deleted || row->ver != stamps) return false;
  for (const auto& entry : feed_.entries_of(key))
    if (entry.lseq > acknowledged(entry.lane)) return false;
  changing();
  table(key.kind).remove.run(key.tenant.value, key.id);
  feed_.remove(key);
  return true;
}

std::vector<RowVersion> SqlRows::versions(Kind kind, std::string tenant, std::string id, std::size_t limit) {
  std::vector<RowVersion> out;
  auto& from = table(kind);
  for (bool more = true; more && out.size() < limit;) {
    from.versions.each(
        [&](std::string& row_id, std::string& ver, Number deleted, Number expires_at) {
          out.push_back({model::TenantId(tenant), std::move(row_id), std::move(ver), deleted != 0, expires_at});
        },
        tenant, id, clamped(limit - out.size()));
    if (out.size() == limit) break;
    more = false;
    std::string next;
    from.next_tenant.each(
        [&](std::string& found) {
          next = std::move(found);
          more = true;
        },
        tenant);
    tenant = std::move(next);
    id.clear();
  }
  return out;
}

base::Result<std::vector<Record>> SqlRows::stored(const std::vector<Key>& keys) {
  std::vector<Record> out;
  for (const auto& key : keys) {
    const auto row = read(key);
    if (!row) continue;
    auto record = read_row(key, *row);
    if (!record) return base::pass_on(record);
    out.push_back(std::move(*record));
  }
  return out;
}

}  // namespace cardea::store
