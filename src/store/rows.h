#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/event.h"
#include "store/record.h"

namespace cardea::store {

// A row as an engine keeps it: text, so that every engine reads back exactly the same (store/row_text.h).
struct StoredRow {
  std::string doc;  // JSON of the groups; "{}" for a tombstone
  std::string ver;  // the stamps
  bool deleted = false;
  std::int64_t expires_at = 0;           // ms, 0 = never
  std::array<std::string, 3> lookups{};  // values in the order of the schema; empty = not found by it
};

struct IdentifiedRow {
  std::string id;
  StoredRow row;
};

// What write() does to the row that read() gave, or did not give, in this unit of work. Indexes are dear: most writes
// leave the lookups as they are.
enum class RowChange { insert, update, update_with_lookups };

// What a unit of work needs of an engine: plain storage inside one transaction that the engine has opened; all rules
// are in store/unit_of_work.h, which never asks by its key for a row that it has written. One thread. A failure of the
// engine is thrown, so that no body goes on without having noticed it; the engine itself catches it, outside of the
// body.
class Rows {
 public:
  virtual ~Rows() = default;

  // Tombstones and expired rows too.
  virtual std::optional<StoredRow> read(const Key& key) = 0;
  virtual void write(const Key& key, const StoredRow& row, RowChange change) = 0;
  // Live at `now`, in the order of ids, with id > `after`. `lookup` is the index in the schema; nullopt = all rows.
  virtual std::vector<IdentifiedRow> list(const model::TenantId& tenant, Kind kind, std::optional<std::size_t> lookup,
                                          std::string_view value, std::string_view after, base::Time now,
                                          std::size_t limit) = 0;
  // Moves the row to the head of the lane. `via`: as Change::via.
  virtual void announce(Lane lane, const Key& key, model::CellNumber via) = 0;
  virtual void set_cursor(const std::string& follower, Lane lane, std::uint64_t lseq) = 0;
  virtual void append(const model::Event& event) = 0;
  virtual void enqueue(const model::Job& job) = 0;
};

}  // namespace cardea::store
