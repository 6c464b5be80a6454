#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "store/database.h"

namespace cardea::store {

// Small words that the records share to lay themselves out as documents. Private to store/.

// What a list gives at most.
inline constexpr std::size_t kMostRows = 1000;

// Calls `take` with every row that the look-up finds, however many. It must take the row out of the look-up: erase it
// or set the flag that hides it.
base::Result<void> empty_lookup(Transaction& transaction, const model::TenantId& tenant, Kind kind,
                                std::string_view lookup, std::string_view value,
                                const std::function<base::Result<void>(Record)>& take);

// Milliseconds; Time{} when absent.
base::Time get_time(const base::json::object& document, std::string_view name);
// Time{} removes the member.
void put_time(base::json::object& document, std::string_view name, base::Time time);

// {"<name>": true, …}, so that each name is a field group of its own, and back; sorted.
base::json::object to_name_set(const std::vector<std::string>& names);
std::vector<std::string> from_name_set(const base::json::object& document, std::string_view member);

// The earlier of two, where Time{} means never.
base::Time earlier_end(base::Time a, base::Time b);

// A to Z only: what e-mail addresses, user names and host names compare by.
std::string lower_case(std::string_view text);

// The stored row, to be changed, or a new one with this key. Other errors than not_found come out.
base::Result<Record> get_or_new(Transaction& transaction, Key key);

// Overwrites the members that `changes` names; null removes.
void apply_changes(base::json::object& document, const base::json::object& changes);

}  // namespace cardea::store
