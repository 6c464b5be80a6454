#include "replicate/wire/row_codec.h"

#include <algorithm>

#include "base/percent.h"
#include "store/row_text.h"

namespace cardea::replicate {
namespace {

using base::Errc;
using base::Result;

constexpr int kMostGroups = 10'000;
constexpr std::size_t kLongestName = 1024, kLongestId = 512;

bool is_name(const std::string& text, std::size_t longest = kLongestName) {
  return !text.empty() && text.size() <= longest && base::is_utf8(text);
}

const store::KindSchema* schema_of_number(std::uint32_t number) {
  const auto kinds = store::all_kinds();
  const auto found =
      std::ranges::find(kinds, number, [](const auto& schema) { return static_cast<std::uint32_t>(schema.kind); });
  return found == kinds.end() ? nullptr : &*found;
}

Result<void> read_group(const mesh::Group& group, store::Record& record) {
  if (!is_name(group.name())) return base::fail(Errc::invalid, "the name of a group");
  if (group.cell() == 0 || group.cell() > UINT16_MAX) return base::fail(Errc::invalid, "the cell of a stamp");
  const store::Stamp stamp{group.hlc(), static_cast<model::CellNumber>(group.cell())};
  if (!record.stamps.emplace(group.name(), stamp).second)
    return base::fail(Errc::invalid, "a group that is there twice");
  if (!group.has_content()) return {};
  auto content = store::read_group(group.content());
  if (!content) return base::fail(Errc::invalid, "the content of a group");
  record.groups.emplace(group.name(), std::move(*content));
  return {};
}

}  // namespace

mesh::Row write_row(const store::Record& record) {
  mesh::Row row;
  row.set_tenant(record.key.tenant.value);
  row.set_kind(static_cast<std::uint32_t>(record.key.kind));
  row.set_id(record.key.id);
  row.set_deleted(record.deleted);
  row.set_expires_at(base::to_millis(record.expires_at));
  for (const auto& [name, stamp] : record.stamps) {
    auto& group = *row.add_groups();
    group.set_name(name);
    group.set_hlc(stamp.hlc);
    group.set_cell(stamp.cell);
    if (const auto* content = record.groups.if_contains(name)) group.set_content(base::json::serialize(*content));
  }
  return row;
}

Result<store::Record> read_row(const mesh::Row& row) {
  const auto* schema = schema_of_number(row.kind());
  if (schema == nullptr) return base::fail(Errc::not_found, "a kind that is not known here");
  if (!is_name(row.tenant(), kLongestId) || !is_name(row.id(), kLongestId))
    return base::fail(Errc::invalid, "the key of a row");
  if (row.expires_at() < 0) return base::fail(Errc::invalid, "the end of a row");
  if (row.groups_size() == 0 || row.groups_size() > kMostGroups)
    return base::fail(Errc::invalid, "the groups of a row");
  store::Record record;
  record.key = {model::TenantId{row.tenant()}, schema->kind, row.id()};
  record.deleted = row.deleted();
  record.expires_at = base::from_millis(row.expires_at());
  for (const auto& group : row.groups())
    if (auto read = read_group(group, record); !read) return base::pass_on(read);
  const bool has_life = record.stamps.contains(store::kDeletionGroup);
  if (record.deleted ? !has_life || record.stamps.size() != 1 || !record.groups.empty() : has_life)
    return base::fail(Errc::invalid, "a tombstone with more than its stamp, or a stamp of a life that goes on");
  return record;
}

}  // namespace cardea::replicate
