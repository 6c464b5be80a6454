#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cardea::store {

// What a column of ours holds, on every engine: a number or a text, never NULL.
using Value = std::variant<std::int64_t, std::string>;
using Row = std::vector<Value>;

struct Column {
  std::string name;
  bool number = false;

  bool operator==(const Column&) const = default;
};

// A table as archives have it.
struct Table {
  std::string name;
  std::vector<Column> columns;
  std::size_t key = 1;  // the first so many columns are unique together and indexed: rows are read in their order

  bool operator==(const Table&) const = default;
};

// The name as statements have it: not every engine takes "cursor" for a name without quotes.
std::string in_sql(const Table& table);

// Bytes of its texts.
std::size_t size_of(const Row& row);

// Everything that the life of a cell needs but `meta`, whose content is in the manifest: records of every kind with
// their tombstones, feed, outboxes, events, cursors, jobs. A new kind of store/kind.h appears by itself.
const std::vector<Table>& archived_tables();

// nullptr: there is no such table.
const Table* find_table(std::string_view name);

// The one that only engines with several writers have (store/sql/dialect.h); elsewhere it is made while a restore runs.
inline constexpr std::string_view kEventOutbox = "event_outbox";

}  // namespace cardea::store
