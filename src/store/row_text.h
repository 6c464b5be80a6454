#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "store/record.h"
#include "store/rows.h"

namespace cardea::store {

using Stamps = std::map<std::string, Stamp, std::less<>>;

// The group that carries the stamp of a deletion. No schema has it.
inline constexpr std::string_view kDeletionGroup = "_deleted";

// Longest stored document. An API bounds its bodies far below.
inline constexpr std::size_t kMaxDocument = 8 << 20;

// JSON of the groups. invalid: longer than kMaxDocument, not UTF-8, or nested deeper than 60 levels.
base::Result<std::string> write_groups(const base::json::object& groups);
// JSON of one group, as another cell has sent it. invalid: not JSON, or not what write_groups() takes.
base::Result<base::json::value> read_group(std::string_view text);
// JSON for events and jobs, whose text may come from hostile headers: bytes that are not UTF-8 become U+FFFD.
std::string write_body(const base::json::object& body);
base::json::object read_body(std::string_view text);

// {"group":[hlc,cell],…}
std::string write_stamps(const Stamps& stamps);

// A stored row back as a record. unavailable: damaged text.
base::Result<Record> read_row(Key key, const StoredRow& row);
// The same for one that is asked for by its key. not_found: there is none, or it is deleted or expired.
base::Result<Record> read_live_row(Key key, const std::optional<StoredRow>& row, base::Time now);

// Neither deleted nor expired.
bool is_live(const StoredRow& row, base::Time now);

}  // namespace cardea::store
