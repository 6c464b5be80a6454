#include "store/document_fields.h"

#include <algorithm>

namespace cardea::store {

using base::json::object;

base::Time get_time(const object& document, std::string_view name) {
  return base::from_millis(base::get_int_or(document, name, 0));
}

void put_time(object& document, std::string_view name, base::Time time) {
  if (time == base::Time{})
    document.erase(name);
  else
    document[name] = base::to_millis(time);
}

object to_name_set(const std::vector<std::string>& names) {
  object set;
  for (const auto& name : names) set[name] = true;
  return set;
}

std::vector<std::string> from_name_set(const object& document, std::string_view member) {
  std::vector<std::string> names;
  if (const auto* set = base::get_object(document, member))
    for (const auto& [name, present] : *set)
      if (present.is_bool() && present.get_bool()) names.emplace_back(name);
  std::ranges::sort(names);
  return names;
}

base::Time earlier_end(base::Time a, base::Time b) {
  if (a == base::Time{}) return b;
  return b == base::Time{} ? a : std::min(a, b);
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

base::Result<Record> get_or_new(Transaction& transaction, Key key) {
  auto stored = transaction.get(key);
  if (stored || stored.error().code != base::Errc::not_found) return stored;
  Record fresh;
  fresh.key = std::move(key);
  return fresh;
}

base::Result<void> empty_lookup(Transaction& transaction, const model::TenantId& tenant, Kind kind,
                                std::string_view lookup, std::string_view value,
                                const std::function<base::Result<void>(Record)>& take) {
  for (;;) {
    auto records = transaction.find(tenant, kind, lookup, value, kMostRows);
    if (!records) return base::pass_on(records);
    const auto count = records->size();
    for (auto& record : *records)
      if (auto done = take(std::move(record)); !done) return done;
    if (count < kMostRows) return {};
  }
}

void apply_changes(object& document, const object& changes) {
  for (const auto& [name, value] : changes) {
    if (value.is_null())
      document.erase(name);
    else
      document[name] = value;
  }
}

}  // namespace cardea::store
