#include "store/row_text.h"

#include <algorithm>
#include <array>

#include "base/percent.h"

namespace cardea::store {
namespace {

constexpr std::size_t kMaxDepth = 60;

bool deeper_than(const base::json::value& value, std::size_t levels) {
  if (const auto* object = value.if_object()) {
    if (levels == 0) return true;
    return std::ranges::any_of(*object, [&](const auto& member) { return deeper_than(member.value(), levels - 1); });
  }
  if (const auto* array = value.if_array()) {
    if (levels == 0) return true;
    return std::ranges::any_of(*array, [&](const auto& item) { return deeper_than(item, levels - 1); });
  }
  return false;
}

constexpr auto kStoredDepth = [] {
  base::json::parse_options options;
  options.max_depth = kMaxDepth + 4;
  return options;
}();

// parse_json() is for input of others; what is stored is nested deeper by the groups.
base::Result<base::json::value> parse_stored(std::string_view text, base::json::storage_ptr memory) {
  boost::system::error_code error;
  base::json::value value = base::json::parse(text, error, std::move(memory), kStoredDepth);
  if (error) return base::fail(base::Errc::unavailable, "damaged row: " + error.message());
  if (!value.is_object()) return base::fail(base::Errc::unavailable, "damaged row: not an object");
  return value;
}

std::size_t sequence_length(std::string_view text) {
  for (std::size_t length = 1; length <= 4 && length <= text.size(); ++length)
    if (base::is_utf8(text.substr(0, length))) return length;
  return 0;
}

std::string repair_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    out.append(length == 0 ? "\xEF\xBF\xBD" : text.substr(0, length));
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

base::Result<Stamps> read_stamps(std::string_view text) {
  std::array<unsigned char, 1024> buffer;
  base::json::monotonic_resource memory(buffer.data(), buffer.size());
  const auto parsed = parse_stored(text, &memory);
  if (!parsed) return base::pass_on(parsed);
  Stamps out;
  for (const auto& [group, value] : parsed->get_object()) {
    const auto* pair = value.if_array();
    if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_number() || !(*pair)[1].is_number())
      return base::fail(base::Errc::unavailable, "damaged row: its stamps");
    boost::system::error_code wrong_hlc, wrong_cell;
    const Stamp stamp{(*pair)[0].to_number<std::uint64_t>(wrong_hlc), (*pair)[1].to_number<std::uint16_t>(wrong_cell)};
    if (wrong_hlc || wrong_cell) return base::fail(base::Errc::unavailable, "damaged row: its stamps");
    out.emplace_hint(out.end(), group, stamp);
  }
  return out;
}

}  // namespace

base::Result<std::string> write_groups(const base::json::object& groups) {
  for (const auto& [group, value] : groups)
    if (deeper_than(value, kMaxDepth)) return base::fail(base::Errc::invalid, "nested too deeply");
  std::string text = base::json::serialize(groups);
  if (text.size() > kMaxDocument) return base::fail(base::Errc::invalid, "document too long");
  if (!base::is_utf8(text)) return base::fail(base::Errc::invalid, "not UTF-8");
  return text;
}

base::Result<base::json::value> read_group(std::string_view text) {
  boost::system::error_code error;
  base::json::value value = base::json::parse(text, error, {}, kStoredDepth);
  if (error || text.size() > kMaxDocument || deeper_than(value, kMaxDepth) || !base::is_utf8(text))
    return base::fail(base::Errc::invalid, "not the content of a group");
  return value;
}

std::string write_body(const base::json::object& body) {
  std::string text = base::json::serialize(body);
  return base::is_utf8(text) ? text : repair_utf8(text);
}

base::json::object read_body(std::string_view text) {
  auto parsed = parse_stored(text, {});
  return parsed ? std::move(parsed->get_object()) : base::json::object{};
}

std::string write_stamps(const Stamps& stamps) {
  std::array<unsigned char, 1024> buffer;
  base::json::monotonic_resource memory(buffer.data(), buffer.size());
  base::json::object out(&memory);
  out.reserve(stamps.size());
  for (const auto& [group, stamp] : stamps) out[group] = base::json::array({stamp.hlc, stamp.cell}, &memory);
  return base::json::serialize(out);
}

base::Result<Record> read_row(Key key, const StoredRow& row) {
  auto groups = parse_stored(row.doc, {});
  if (!groups) return base::pass_on(groups);
  auto stamps = read_stamps(row.ver);
  if (!stamps) return base::pass_on(stamps);
  return Record{.key = std::move(key),
                .groups = std::move(groups->get_object()),
                .stamps = std::move(*stamps),
                .deleted = row.deleted,
                .expires_at = base::from_millis(row.expires_at)};
}

base::Result<Record> read_live_row(Key key, const std::optional<StoredRow>& row, base::Time now) {
  if (!row || !is_live(*row, now)) return base::fail(base::Errc::not_found, "no such row");
  return read_row(std::move(key), *row);
}

bool is_live(const StoredRow& row, base::Time now) {
  return !row.deleted && (row.expires_at == 0 || row.expires_at > base::to_millis(now));
}

}  // namespace cardea::store
