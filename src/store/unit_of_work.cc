#include "store/unit_of_work.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/percent.h"
#include "base/ulid.h"
#include "store/merge.h"

namespace cardea::store {
namespace {

constexpr std::size_t kMaxId = 512;

bool is_true(const base::json::object& object, std::string_view name) { return base::get_bool_or(object, name, false); }

// Flags that once set stay set.
void keep_flags(const KindSchema& schema, const Record& stored, Record& next) {
  for (const auto& group : schema.groups) {
    if (group.merge != Merge::or_flag) continue;
    const auto* before = base::get_object(stored.groups, group.name);
    if (before == nullptr) continue;
    for (const auto member : group.members) {
      if (!is_true(*before, member)) continue;
      auto& value = next.groups[group.name];
      if (!value.is_object()) value = base::json::object{};
      value.get_object()[member] = true;
    }
  }
}

// Time{} means never, hence is the latest of all.
base::Time later(base::Time a, base::Time b) {
  return a == base::Time{} || b == base::Time{} ? base::Time{} : std::max(a, b);
}

// To the last stamp, so that whoever has one of them lacks nothing of the other.
bool is_same(const Record& a, const Record& b) {
  return a.deleted == b.deleted && a.expires_at == b.expires_at && a.stamps == b.stamps && a.groups == b.groups;
}

const GroupSchema& rest_group(const KindSchema& schema) {
  return *std::ranges::find_if(schema.groups, [](const auto& group) { return group.members.empty(); });
}

}  // namespace

struct UnitOfWork::Difference {
  std::vector<std::string> groups;
  bool hot = false, bulk = false;
  DataClass data_class = DataClass::c3;
  model::CellNumber via = 0;  // store/database.h, Change

  bool any() const { return !groups.empty(); }
  void add(std::string_view group, DataClass of_group) {
    groups.emplace_back(group);
    (lane_of(of_group) == Lane::hot ? hot : bulk) = true;
    data_class = std::min(data_class, of_group);
  }
};

base::Result<UnitOfWork::Cached*> UnitOfWork::load(const Key& key) {
  const auto found = cache_.find(key);
  if (found != cache_.end()) return &found->second;
  const auto stored = rows_.read(key);
  if (!stored) return &absent(key);
  auto record = read_row(key, *stored);
  if (!record) return base::pass_on(record);
  return &cache_.emplace(key, Cached{.existed = true, .record = std::move(*record)}).first->second;
}

UnitOfWork::Cached& UnitOfWork::absent(const Key& key) {
  return cache_.emplace(key, Cached{.existed = false, .record = {.key = key}}).first->second;
}

bool UnitOfWork::live(const Cached& cached) const {
  const auto& record = cached.record;
  return cached.existed && !record.deleted && (record.expires_at == base::Time{} || record.expires_at > now_);
}

base::Result<Record> UnitOfWork::get(const Key& key) {
  const auto cached = load(key);
  if (!cached) return base::pass_on(cached);
  if (!live(**cached)) return base::fail(base::Errc::not_found, "no such row");
  return (*cached)->record;
}

base::Result<std::vector<Record>> UnitOfWork::find(const model::TenantId& tenant, Kind kind, std::string_view lookup,
                                                   std::string_view value, std::size_t limit) {
  const std::size_t index = lookup_index(kind, lookup);
  if (value.empty()) return std::vector<Record>{};
  return read_rows(tenant, kind, rows_.list(tenant, kind, index, value, "", now_, std::min(limit, kMaxRows)));
}

base::Result<Page> UnitOfWork::page(const model::TenantId& tenant, Kind kind, std::string_view after,
                                    std::size_t limit) {
  limit = std::clamp<std::size_t>(limit, 1, kMaxRows);
  return read_page(tenant, kind, rows_.list(tenant, kind, std::nullopt, "", after, now_, limit + 1), limit);
}

Key UnitOfWork::new_key(const model::TenantId& tenant, Kind kind) {
  Key key{tenant, kind, base::new_ulid(now_, tools_.ids)};
  absent(key);
  return key;
}

// The overwrite rule: nodes of one cell whose clocks differ still never lose the later write.
Stamp UnitOfWork::stamp_over(Stamp overwritten) {
  if (!reading_) reading_ = tools_.hlc.now();
  if (overwritten.hlc < reading_->hlc) return *reading_;
  const Stamp stamp{overwritten.hlc + 1, reading_->cell};
  tools_.hlc.observe(stamp);
  return stamp;
}

void UnitOfWork::compare(const Record& stored, const Record& next, Difference& difference) const {
  const auto& schema = schema_of(next.key.kind);
  const auto class_of = [&](std::string_view name) {
    const auto* group = find_group(schema, name);
    return group == nullptr ? DataClass::c2 : group->data_class;
  };
  for (const auto& [name, value] : next.groups) {
    const auto* before = stored.groups.if_contains(name);
    if (before == nullptr || *before != value) difference.add(name, class_of(name));
  }
  for (const auto& [name, value] : stored.groups)
    if (!next.groups.contains(name)) difference.add(name, class_of(name));
  const auto& rest = rest_group(schema);
  if (stored.expires_at != next.expires_at &&
      std::ranges::find(difference.groups, rest.name) == difference.groups.end())
    difference.add(rest.name, rest.data_class);
}

base::Result<void> UnitOfWork::put(Record record) {
  if (record.deleted) return base::fail(base::Errc::invalid, "a deleted record cannot be put");
  if (record.key.id.empty() || record.key.id.size() > kMaxId || !base::is_utf8(record.key.id))
    return base::fail(base::Errc::invalid, "row id: 1 to 512 bytes of UTF-8");
  const auto loaded = load(record.key);
  if (!loaded) return base::pass_on(loaded);
  Cached& cached = **loaded;
  if (cached.record.deleted) return base::fail(base::Errc::conflict, "the row was deleted");
  if (live(cached) ? record.stamps != cached.record.stamps : !record.stamps.empty())
    return base::fail(base::Errc::conflict, "the row has changed since it was read");

  const auto& schema = schema_of(record.key.kind);
  Difference difference;
  if (live(cached)) {
    keep_flags(schema, cached.record, record);
    record.expires_at = later(cached.record.expires_at, record.expires_at);
    compare(cached.record, record, difference);
  } else {
    Record nothing;
    nothing.expires_at = record.expires_at;
    compare(nothing, record, difference);
    if (!difference.any()) difference.add(rest_group(schema).name, rest_group(schema).data_class);
  }
  if (!difference.any()) return {};
  return store(cached, std::move(record), difference);
}

base::Result<void> UnitOfWork::store(Cached& cached, Record next, const Difference& difference) {
  Stamp highest;
  next.stamps = cached.record.stamps;
  for (const auto& group : difference.groups) {
    auto& stamp = next.stamps[group];
    stamp = stamp_over(stamp);
    highest = std::max(highest, stamp);
  }
  return write(cached, std::move(next), highest, difference);
}

base::Result<void> UnitOfWork::write(Cached& cached, Record next, Stamp highest, const Difference& difference) {
  StoredRow row;
  auto doc = write_groups(next.groups);
  if (!doc) return base::pass_on(doc);
  row.doc = std::move(*doc);
  row.ver = write_stamps(next.stamps);
  row.deleted = next.deleted;
  row.expires_at = base::to_millis(next.expires_at);
  const auto& schema = schema_of(next.key.kind);
  row.lookups = lookup_values(schema, next);
  const bool same_lookups = row.lookups == lookup_values(schema, cached.record);

  rows_.write(next.key, row,
              !cached.existed ? RowChange::insert
              : same_lookups  ? RowChange::update
                              : RowChange::update_with_lookups);
  announce(next.key, difference);
  const bool created = !std::exchange(cached.existed, true);
  cached.record = std::move(next);
  note(cached, highest, difference.data_class, created);
  return {};
}

base::Result<bool> UnitOfWork::merge(const Record& theirs, model::CellNumber from) {
  if (theirs.expires_at != base::Time{} && theirs.expires_at <= now_) return false;
  const auto loaded = load(theirs.key);
  if (!loaded) return base::pass_on(loaded);
  Cached& cached = **loaded;
  const auto& schema = schema_of(theirs.key.kind);
  Merged merged;
  if (cached.existed) {
    merged = store::merge(cached.record, theirs);
  } else {
    merged.record = theirs;
    for (const auto& [group, stamp] : theirs.stamps) merged.changed.push_back(group);
  }
  if (!merged.any()) return false;
  Difference difference;
  Stamp highest;
  for (const auto& name : merged.changed) {
    const auto* group = find_group(schema, name);
    const bool life = name == kDeletionGroup;
    difference.add(name, life ? life_class(schema) : group == nullptr ? DataClass::c2 : group->data_class);
  }
  for (const auto& [group, stamp] : merged.record.stamps) highest = std::max(highest, stamp);
  if (is_same(merged.record, theirs)) difference.via = from;
  // What is written here from now on is newer than what came.
  tools_.hlc.observe(highest);
  if (auto written = write(cached, std::move(merged.record), highest, difference); !written)
    return base::pass_on(written);
  return true;
}

base::Result<void> UnitOfWork::erase(const Key& key) {
  const auto loaded = load(key);
  if (!loaded) return base::pass_on(loaded);
  Cached& cached = **loaded;
  if (!live(cached)) return base::fail(base::Errc::not_found, "no such row");
  Stamp newest;
  for (const auto& [group, stamp] : cached.record.stamps) newest = std::max(newest, stamp);
  const Stamp stamp = stamp_over(newest);

  Record tombstone;
  tombstone.key = key;
  tombstone.deleted = true;
  tombstone.expires_at = cached.record.expires_at;
  tombstone.stamps.emplace(kDeletionGroup, stamp);
  StoredRow row;
  row.doc = "{}";
  row.ver = write_stamps(tombstone.stamps);
  row.deleted = true;
  row.expires_at = base::to_millis(tombstone.expires_at);

  Difference difference;
  difference.add(kDeletionGroup, life_class(schema_of(key.kind)));
  rows_.write(key, row, RowChange::update_with_lookups);
  announce(key, difference);
  cached.record = std::move(tombstone);
  note(cached, stamp, difference.data_class, false);
  return {};
}

base::Result<Record> UnitOfWork::claim_row(const model::TenantId& tenant, std::string_view attribute,
                                           std::string_view value) {
  auto id = claim_id(tools_.keys, tenant, attribute, value);
  if (!id) return base::pass_on(id);
  const auto cached = load({tenant, Kind::claim, std::move(*id)});
  if (!cached) return base::pass_on(cached);
  return (*cached)->record;
}

base::Result<void> UnitOfWork::claim(const model::TenantId& tenant, std::string_view attribute, std::string_view value,
                                     std::string_view row_id, bool verified) {
  auto row = claim_row(tenant, attribute, value);
  if (!row) return base::pass_on(row);
  auto candidates = row->document();
  if (!reading_) reading_ = tools_.hlc.now();
  const auto stamp = static_cast<std::int64_t>(reading_->hlc);

  auto mine = candidate_of(candidates, row_id);
  if (!mine) {
    if (winner_of(candidates)) return base::fail(base::Errc::already_exists, "another row holds the name");
    mine = Candidate{std::string(row_id), base::new_ulid(now_, tools_.ids), 0, stamp, tools_.hlc.cell(), false};
  }
  if (verified && mine->verified == 0) mine->verified = stamp;
  put_candidate(candidates, *mine);
  if (winner_of(candidates)->row != row_id) return base::fail(base::Errc::already_exists, "another row holds the name");
  row->set_document(candidates);
  return put(std::move(*row));
}

base::Result<void> UnitOfWork::release(const model::TenantId& tenant, std::string_view attribute,
                                       std::string_view value, std::string_view row_id) {
  auto row = claim_row(tenant, attribute, value);
  if (!row) return base::pass_on(row);
  auto candidates = row->document();
  bool any = false;
  while (auto mine = candidate_of(candidates, row_id)) {
    mine->released = any = true;
    put_candidate(candidates, *mine);
  }
  if (!any) return {};
  row->set_document(candidates);
  return put(std::move(*row));
}

base::Result<std::string> UnitOfWork::holder(const model::TenantId& tenant, std::string_view attribute,
                                             std::string_view value) {
  const auto row = claim_row(tenant, attribute, value);
  if (!row) return base::pass_on(row);
  auto winner = winner_of(row->document());
  if (!winner) return base::fail(base::Errc::not_found, "nobody holds the name");
  return std::move(winner->row);
}

base::Result<void> UnitOfWork::set_cursor(const std::string& follower, Lane lane, std::uint64_t lseq) {
  rows_.set_cursor(follower, lane, lseq);
  return {};
}

void UnitOfWork::append_event(model::Event event) {
  if (event.at == base::Time{}) event.at = now_;
  rows_.append(event);
}

void UnitOfWork::enqueue(model::Job job) {
  if (job.run_at == base::Time{}) job.run_at = now_;
  rows_.enqueue(job);
}

void UnitOfWork::announce(const Key& key, const Difference& difference) {
  if (tools_.import) return rows_.announce(Lane::bulk, key, difference.via);
  if (difference.hot) rows_.announce(Lane::hot, key, difference.via);
  if (difference.bulk) rows_.announce(Lane::bulk, key, difference.via);
}

void UnitOfWork::note(Cached& cached, Stamp stamp, DataClass data_class, bool created) {
  if (tools_.import) data_class = DataClass::c3;
  if (!cached.written) {
    cached.written = mark_.written.size();
    mark_.written.push_back({cached.record.key, stamp, data_class, created});
    return;
  }
  auto& written = mark_.written[*cached.written];
  written.stamp = std::max(written.stamp, stamp);
  written.data_class = std::min(written.data_class, data_class);
}

std::array<std::string, 3> lookup_values(const KindSchema& schema, const Record& record) {
  std::array<std::string, 3> out;
  for (std::size_t i = 0; i < schema.lookups.size() && i < out.size(); ++i) {
    const auto& [name, member, unless] = schema.lookups[i];
    const auto* flags =
        unless.empty() ? nullptr : base::get_object(record.groups, group_of_member(schema, unless).name);
    if (flags != nullptr && is_true(*flags, unless)) continue;
    const auto* group = base::get_object(record.groups, group_of_member(schema, member).name);
    if (group != nullptr) out[i] = base::get_string_or(*group, member);
  }
  return out;
}

base::Result<std::vector<Record>> read_rows(const model::TenantId& tenant, Kind kind, std::vector<IdentifiedRow> rows) {
  std::vector<Record> out;
  out.reserve(rows.size());
  for (auto& [id, row] : rows) {
    auto record = read_row({tenant, kind, std::move(id)}, row);
    if (!record) return base::pass_on(record);
    out.push_back(std::move(*record));
  }
  return out;
}

base::Result<Page> read_page(const model::TenantId& tenant, Kind kind, std::vector<IdentifiedRow> rows,
                             std::size_t limit) {
  Page page;
  if (rows.size() > limit) {
    rows.resize(limit);
    page.next = rows.back().id;
  }
  auto records = read_rows(tenant, kind, std::move(rows));
  if (!records) return base::pass_on(records);
  page.rows = std::move(*records);
  return page;
}

std::size_t lookup_index(Kind kind, std::string_view lookup) {
  const auto& lookups = schema_of(kind).lookups;
  const auto found = std::ranges::find(lookups, lookup, &LookupSchema::name);
  if (found == lookups.end()) throw std::invalid_argument("kind has no such lookup");
  return static_cast<std::size_t>(found - lookups.begin());
}

}  // namespace cardea::store
