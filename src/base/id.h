#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace cardea::base {

// A string of one meaning: TenantId and ClientId do not mix.
template <class Tag>
struct Id {
  std::string value;

  Id() = default;
  explicit Id(std::string v) : value(std::move(v)) {}
  bool empty() const { return value.empty(); }
  std::string_view view() const { return value; }
  auto operator<=>(const Id&) const = default;
};

}  // namespace cardea::base

template <class Tag>
struct std::hash<cardea::base::Id<Tag>> {
  std::size_t operator()(const cardea::base::Id<Tag>& id) const { return std::hash<std::string>{}(id.value); }
};
