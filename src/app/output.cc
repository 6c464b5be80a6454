#include "app/output.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace cardea::app {
namespace {

std::string plain(const base::json::value& value) {
  if (value.is_string()) return std::string(std::string_view(value.get_string()));
  if (value.is_null()) return "-";
  return base::json::serialize(value);
}

}  // namespace

void Output::object(const base::json::object& value) const {
  if (json_) {
    fmt::print("{}\n", base::json::serialize(value));
    return;
  }
  std::size_t width = 0;
  for (const auto& member : value) width = std::max<std::size_t>(width, member.key().size());
  for (const auto& member : value)
    fmt::print("{:<{}}  {}\n", std::string_view(member.key()), width, plain(member.value()));
}

void Output::table(const std::vector<std::string>& columns, const std::vector<base::json::object>& rows) const {
  if (json_) {
    base::json::array all;
    for (const auto& row : rows) all.push_back(row);
    fmt::print("{}\n", base::json::serialize(all));
    return;
  }
  std::vector<std::size_t> widths;
  for (const auto& column : columns) widths.push_back(column.size());
  const auto cell = [](const base::json::object& row, const std::string& column) {
    const auto* value = row.if_contains(column);
    return value == nullptr ? std::string("-") : plain(*value);
  };
  for (const auto& row : rows)
    for (std::size_t i = 0; i < columns.size(); ++i) widths[i] = std::max(widths[i], cell(row, columns[i]).size());
  for (std::size_t i = 0; i < columns.size(); ++i) fmt::print("{:<{}}  ", columns[i], widths[i]);
  fmt::print("\n");
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < columns.size(); ++i) fmt::print("{:<{}}  ", cell(row, columns[i]), widths[i]);
    fmt::print("\n");
  }
}

int Output::failure(const base::Error& error) const {
  if (json_) {
    fmt::print(
        stderr, "{}\n",
        base::json::serialize(base::json::object{{"error", base::to_string(error.code)}, {"message", error.reason}}));
  } else {
    fmt::print(stderr, "cardea: {}\n", error.reason);
  }
  return error.code == base::Errc::invalid ? 2 : 1;
}

}  // namespace cardea::app
