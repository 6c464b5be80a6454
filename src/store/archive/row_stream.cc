#include "store/archive/row_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "store/archive/big_endian.h"

namespace cardea::store {
namespace {

constexpr char kBeginTable = 1, kRow = 2, kEndTable = 3, kEnd = 4;
constexpr std::size_t kMaxColumns = 64;
constexpr std::size_t kBuffer = 64 * 1024;
constexpr std::size_t kDigest = 64;

std::unexpected<base::Error> damaged() { return base::fail(base::Errc::invalid, "the archive's content is damaged"); }

std::unexpected<base::Error> unknown(std::string_view what, std::string_view name) {
  return base::fail(
      base::Errc::invalid,
      fmt::format("the archive has a {} {} that this version does not know: use the newer program", what, name));
}

void append_name(std::string& out, std::string_view name) {
  append_number(out, name.size(), 1);
  out += name;
}

// The key must be there, in its order, or the rows could not be told apart.
base::Result<void> check_columns(const Table& table, const Table& known) {
  std::set<std::string_view> seen;
  for (const auto& column : table.columns) {
    const auto found = std::ranges::find(known.columns, column.name, &Column::name);
    if (found == known.columns.end()) return unknown("column", table.name + "." + column.name);
    if (found->number != column.number || !seen.insert(column.name).second) return damaged();
  }
  if (table.columns.size() < known.key) return damaged();
  for (std::size_t i = 0; i < known.key; ++i)
    if (table.columns[i] != known.columns[i]) return damaged();
  return {};
}

}  // namespace

base::Result<void> RowStreamWriter::begin(const Table& table) {
  buffer_ += kBeginTable;
  append_name(buffer_, table.name);
  append_number(buffer_, table.columns.size(), 1);
  for (const auto& column : table.columns) {
    append_number(buffer_, column.number ? 1 : 2, 1);
    append_name(buffer_, column.name);
  }
  return {};
}

base::Result<void> RowStreamWriter::row(std::string_view encoded) {
  buffer_ += kRow;
  buffer_ += encoded;
  if (buffer_.size() < kBuffer) return {};
  auto done = output_.write(buffer_);
  buffer_.clear();
  return done;
}

base::Result<void> RowStreamWriter::end(const TableSum& sum) {
  buffer_ += kEndTable;
  append_number(buffer_, sum.rows, 8);
  buffer_ += sum.digest;
  return {};
}

base::Result<void> RowStreamWriter::finish() {
  buffer_ += kEnd;
  auto done = output_.write(buffer_);
  buffer_.clear();
  return done;
}

base::Result<std::uint64_t> RowStreamReader::number(int bytes) {
  const auto read = input_.read(static_cast<std::size_t>(bytes));
  if (!read) return base::pass_on(read);
  return read_number(*read);
}

base::Result<std::string> RowStreamReader::name() {
  const auto length = number(1);
  if (!length) return base::pass_on(length);
  auto out = input_.read(static_cast<std::size_t>(*length));
  if (!out) return out;
  const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  if (out->empty() || out->size() > 64 || !std::ranges::all_of(*out, is_plain)) return damaged();
  return out;
}

base::Result<std::optional<Table>> RowStreamReader::begin() {
  const auto tag = input_.read(1);
  if (!tag) return base::pass_on(tag);
  if (tag->front() == kEnd) return std::optional<Table>();
  if (tag->front() != kBeginTable) return damaged();
  table_ = {};
  sum_ = {};
  auto table_name = name();
  if (!table_name) return base::pass_on(table_name);
  table_.name = std::move(*table_name);
  const auto count = number(1);
  if (!count) return base::pass_on(count);
  if (*count > kMaxColumns) return damaged();
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto type = number(1);
    if (!type) return base::pass_on(type);
    auto column = name();
    if (!column) return base::pass_on(column);
    if (*type != 1 && *type != 2) return damaged();
    table_.columns.push_back({std::move(*column), *type == 1});
  }
  const auto* known = find_table(table_.name);
  if (known == nullptr) return unknown("table", table_.name);
  table_.key = known->key;
  if (auto done = check_columns(table_, *known); !done) return base::pass_on(done);
  return table_;
}

base::Result<std::optional<Row>> RowStreamReader::row() {
  const auto tag = input_.read(1);
  if (!tag) return base::pass_on(tag);
  if (tag->front() == kEndTable) {
    const auto rows = number(8);
    if (!rows) return base::pass_on(rows);
    auto digest = input_.read(kDigest);
    if (!digest) return base::pass_on(digest);
    sum_ = {*rows, std::move(*digest)};
    return std::optional<Row>();
  }
  if (tag->front() != kRow) return damaged();
  Row row;
  row.reserve(table_.columns.size());
  for (const auto& column : table_.columns) {
    const auto value = number(column.number ? 8 : 4);
    if (!value) return base::pass_on(value);
    if (column.number) {
      row.emplace_back(static_cast<std::int64_t>(*value));
      continue;
    }
    if (*value > kMaxText) return damaged();
    auto text = input_.read(static_cast<std::size_t>(*value));
    if (!text) return base::pass_on(text);
    row.emplace_back(std::move(*text));
  }
  return row;
}

}  // namespace cardea::store
