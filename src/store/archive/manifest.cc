#include "store/archive/manifest.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"

namespace cardea::store {
namespace {

std::unexpected<base::Error> damaged(std::string_view what) {
  return base::fail(base::Errc::invalid, fmt::format("the archive's manifest is damaged: {}", what));
}

bool is_digest(std::string_view text) {
  return text.size() == 64 &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

base::Result<TableSums> read_tables(const base::json::object& object) {
  TableSums out;
  for (const auto& [name, value] : object) {
    const auto* sum = value.if_object();
    const auto rows = sum == nullptr ? -1 : base::get_int_or(*sum, "rows", -1);
    if (!is_name(name) || rows < 0) return damaged("a table");
    auto digest = base::get_string_or(*sum, "digest");
    if (!is_digest(digest)) return damaged("a digest");
    out.emplace(name, TableSum{static_cast<std::uint64_t>(rows), std::move(digest)});
  }
  return out;
}

}  // namespace

std::string Manifest::to_text() const {
  base::json::object sums;
  for (const auto& [name, sum] : tables) sums[name] = {{"rows", sum.rows}, {"digest", sum.digest}};
  const base::json::object out{{"made_at", base::to_iso8601(made_at)},
                               {"version", version},
                               {"engine", engine},
                               {"cell", store.cell},
                               {"incarnation", store.incarnation},
                               {"schema", store.schema},
                               {"epoch", store.epoch},
                               {"hlc_ceiling", store.hlc_ceiling},
                               {"tables", std::move(sums)},
                               {"bytes", bytes},
                               {"sha256", sha256}};
  return base::json::serialize(out);
}

base::Result<Manifest> Manifest::parse(std::string_view text) {
  const auto parsed = base::parse_json(text);
  if (!parsed || !parsed->is_object()) return damaged("no JSON");
  const auto& object = parsed->get_object();
  const auto made_at = base::from_iso8601(base::get_string_or(object, "made_at"));
  const auto cell = base::get_int_or(object, "cell", 0);
  const auto schema = base::get_int_or(object, "schema", 0);
  const auto* sums = base::get_object(object, "tables");
  const auto bytes = base::get_int_or(object, "bytes", -1);
  if (!made_at || cell < 1 || cell > 65535 || schema < 1 || schema > 1'000'000 || sums == nullptr || bytes < 0)
    return damaged("a member is missing");
  auto tables = read_tables(*sums);
  if (!tables) return base::pass_on(tables);

  Manifest out;
  out.made_at = *made_at;
  out.version = base::get_string_or(object, "version");
  out.engine = base::get_string_or(object, "engine");
  out.store = {.cell = static_cast<std::uint16_t>(cell),
               .incarnation = base::get_string_or(object, "incarnation"),
               .schema = static_cast<int>(schema),
               .epoch = base::get_int_or(object, "epoch", 0),
               .hlc_ceiling = base::get_int_or(object, "hlc_ceiling", 0)};
  out.tables = std::move(*tables);
  out.bytes = static_cast<std::uint64_t>(bytes);
  out.sha256 = base::get_string_or(object, "sha256");
  if (!is_digest(out.sha256) || out.store.incarnation.empty()) return damaged("a member is missing");
  return out;
}

base::Result<void> compare(const TableSums& expected, const TableSums& found) {
  static const TableSum nothing;
  for (const auto& [name, sum] : expected) {
    const auto other = found.find(name);
    const auto& actual = other == found.end() ? nothing : other->second;
    if (actual.rows != sum.rows)
      return base::fail(base::Errc::invalid, fmt::format("{}: {} rows instead of {}", name, actual.rows, sum.rows));
    if (actual.digest != sum.digest)
      return base::fail(base::Errc::invalid, fmt::format("{}: its rows are not what they were", name));
  }
  for (const auto& [name, sum] : found)
    if (!expected.contains(name)) return base::fail(base::Errc::invalid, fmt::format("{}: not expected", name));
  return {};
}

}  // namespace cardea::store
