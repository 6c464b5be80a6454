#include "store/standby/standby_unit.h"

#include <algorithm>
#include <array>

#include "store/merge.h"
#include "store/unit_of_work.h"

namespace cardea::store {
namespace {

using base::Errc;
using base::Result;

std::unexpected<base::Error> read_only() { return base::fail(Errc::read_only, "this cell is a standby"); }

bool is_missing(const Result<Record>& row) { return !row && row.error().code == Errc::not_found; }

bool found_by(const Record& record, std::string_view lookup, std::string_view value) {
  return lookup.empty() ||
         lookup_values(schema_of(record.key.kind), record)[lookup_index(record.key.kind, lookup)] == value;
}

// A login counts, when it was and where from; all else about a user is the primary's to say.
bool may_change(const Record& before, const Record& after) {
  const auto& schema = schema_of(after.key.kind);
  if (schema.kind != Kind::user) return true;
  const auto same = [](const auto& a, const auto& b, std::string_view name) {
    const auto* left = a.groups.if_contains(name);
    const auto* right = b.groups.if_contains(name);
    return left == nullptr || right == nullptr ? left == right : *left == *right;
  };
  for (const auto* record : {&before, &after})
    for (const auto& [name, content] : record->groups) {
      const auto* group = find_group(schema, name);
      if (!same(before, after, name) && (group == nullptr || group->data_class != DataClass::c3)) return false;
    }
  return true;
}

}  // namespace

bool lives_aside(Kind kind) {
  constexpr std::array kKinds = {Kind::user, Kind::session, Kind::consumption, Kind::refresh_family, Kind::consent};
  return std::ranges::find(kKinds, kind) != kKinds.end();
}

Result<Record> merged_row(const Result<Record>& main, const Result<Record>& side, base::Time now) {
  if (!main && !is_missing(main)) return main;
  if (!side) return is_missing(side) ? main : side;
  // All users are made, and deleted, at the primary.
  if (!main) return side->key.kind == Kind::user ? main : side;
  auto merged = merge(*main, *side).record;
  const bool expired = merged.expires_at != base::Time{} && merged.expires_at <= now;
  if (merged.deleted || expired) return base::fail(Errc::not_found, "no such row");
  return merged;
}

Result<std::vector<Record>> merged_list(Kind kind, std::string_view lookup, std::string_view value,
                                        const std::vector<Record>& main, const std::vector<Record>& side,
                                        const std::function<Result<Record>(const Key&)>& side_of, base::Time now,
                                        std::size_t limit) {
  std::map<std::string, Record> out;
  for (const auto& row : side) out.emplace(row.key.id, row);
  for (const auto& row : main) {
    auto merged = merged_row(row, side_of(row.key), now);
    out.erase(row.key.id);
    if (merged && found_by(*merged, lookup, value))
      out.emplace(row.key.id, std::move(*merged));
    else if (!merged && !is_missing(merged))
      return base::pass_on(merged);
  }
  std::vector<Record> rows;
  for (auto& [id, row] : out)
    if (rows.size() < limit) rows.push_back(std::move(row));
  return rows;
}

MainReader::MainReader(Database& main)
    : main_(main), guard_(boost::asio::make_work_guard(loop_)), thread_([this] { loop_.run(); }) {}

MainReader::~MainReader() {
  guard_.reset();
  loop_.stop();
  thread_.join();
}

const Result<Record>& StandbyUnit::row_of(const Key& key) {
  auto known = rows_.find(key);
  if (known == rows_.end()) known = rows_.emplace(key, main_.wait(main_.main().get(key))).first;
  return known->second;
}

Result<Record> StandbyUnit::get(const Key& key) {
  if (!lives_aside(key.kind)) return row_of(key);
  return merged_row(row_of(key), side_.get(key), now());
}

Result<std::vector<Record>> StandbyUnit::find(const model::TenantId& tenant, Kind kind, std::string_view lookup,
                                              std::string_view value, std::size_t limit) {
  const auto main = main_.wait(main_.main().find(tenant, kind, lookup, std::string(value), limit));
  if (!main || !lives_aside(kind)) return main;
  const auto side = side_.find(tenant, kind, lookup, value, limit);
  if (!side) return side;
  return merged_list(
      kind, lookup, value, *main, *side, [this](const Key& key) { return side_.get(key); }, now(), limit);
}

Result<Page> StandbyUnit::page(const model::TenantId& tenant, Kind kind, std::string_view after, std::size_t limit) {
  return main_.wait(main_.main().page(tenant, kind, std::string(after), limit));
}

Result<void> StandbyUnit::put(Record record) {
  if (!lives_aside(record.key.kind)) return read_only();
  const auto& main = row_of(record.key);
  const auto before = merged_row(main, side_.get(record.key), now());
  if (!before && !is_missing(before)) return base::pass_on(before);
  if (!may_change(before ? *before : Record{}, record)) return read_only();
  // The side takes the row over as it is, so that what is not changed now keeps its stamps.
  if (main)
    if (auto taken = side_.merge(*main, 0); !taken) return base::pass_on(taken);
  return side_.put(std::move(record));
}

Result<bool> StandbyUnit::merge(const Record&, model::CellNumber) { return read_only(); }

Result<void> StandbyUnit::erase(const Key&) { return read_only(); }

Result<void> StandbyUnit::claim(const model::TenantId&, std::string_view, std::string_view, std::string_view, bool) {
  return read_only();
}

Result<void> StandbyUnit::release(const model::TenantId&, std::string_view, std::string_view, std::string_view) {
  return read_only();
}

Result<std::string> StandbyUnit::holder(const model::TenantId& tenant, std::string_view attribute,
                                        std::string_view value) {
  return main_.wait(main_.main().holder(tenant, std::string(attribute), std::string(value)));
}

}  // namespace cardea::store
