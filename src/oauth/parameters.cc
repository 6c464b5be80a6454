#include "oauth/parameters.h"

#include <algorithm>

namespace cardea::oauth {
namespace {

std::optional<std::string> as_text(const base::json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_bool() || value.is_number()) return base::json::serialize(value);
  if (!value.is_array()) return std::nullopt;
  std::string joined;
  for (const auto& item : value.get_array()) {
    if (!item.is_string()) return std::nullopt;
    if (!joined.empty()) joined += ' ';
    joined.append(item.get_string());
  }
  return joined;
}

}  // namespace

Parameters Parameters::from_json(const base::json::object& body) {
  Parameters parameters;
  parameters.pairs_.reserve(body.size());
  for (const auto& member : body)
    if (auto text = as_text(member.value()))
      parameters.pairs_.emplace_back(std::string(member.key()), std::move(*text));
  return parameters;
}

std::string_view Parameters::get(std::string_view name) const {
  const auto found = std::ranges::find(pairs_, name, &base::QueryPair::first);
  return found == pairs_.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<std::string> Parameters::repeated() const {
  std::vector<std::string_view> names;
  names.reserve(pairs_.size());
  for (const auto& pair : pairs_) names.push_back(pair.first);
  std::ranges::sort(names);
  const auto twin = std::ranges::adjacent_find(names);
  return twin == names.end() ? std::nullopt : std::optional(std::string(*twin));
}

}  // namespace cardea::oauth
