#include "api/manage/paging.h"

#include <algorithm>
#include <charconv>

#include "base/base64.h"

namespace cardea::api {
namespace {

using base::json::array;
using base::json::object;

base::Result<std::size_t, ManagementError> count_parameter(const http::Form& query, std::string_view name,
                                                           std::size_t fallback, std::size_t least, std::size_t most) {
  const auto text = query.get(name);
  if (!text) return fallback;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc{} || end != text->data() + text->size())
    return std::unexpected(invalid_query(name, "Expected type integer but found type string"));
  if (number < least)
    return std::unexpected(invalid_query(name, "Value is less than minimum " + std::to_string(least)));
  if (number > most)
    return std::unexpected(invalid_query(name, "Value is greater than maximum " + std::to_string(most)));
  return number;
}

array to_array(std::vector<object> rows) {
  array out;
  out.reserve(rows.size());
  for (auto& row : rows) out.push_back(std::move(row));
  return out;
}

}  // namespace

base::Result<std::optional<bool>, ManagementError> bool_parameter(const http::Form& query, std::string_view name) {
  const auto text = query.get(name);
  if (!text) return std::optional<bool>{};
  if (*text != "true" && *text != "false")
    return std::unexpected(invalid_query(name, "Expected type boolean but found type string"));
  return std::optional<bool>{*text == "true"};
}

base::Result<PageRequest, ManagementError> parse_paging(const http::Form& query, const PagingRules& rules) {
  PageRequest request;
  if (rules.checkpoint && (query.has("take") || query.has("from"))) {
    auto take = count_parameter(query, "take", rules.default_per_page, 1, rules.max_per_page);
    if (!take) return base::pass_on(take);
    request.style = PageRequest::Style::checkpoint;
    request.per_page = *take;
    if (const auto from = query.get("from"); from && !from->empty()) {
      auto decoded = base::base64url_decode(*from);
      if (!decoded || decoded->size() > 64)
        return std::unexpected(invalid_query("from", "Not a checkpoint of this list"));
      request.from = std::move(*decoded);
    }
    return request;
  }
  auto totals = bool_parameter(query, "include_totals");
  if (!totals) return base::pass_on(totals);
  auto page = count_parameter(query, "page", 0, 0, 1'000'000);
  if (!page) return base::pass_on(page);
  auto per_page = count_parameter(query, "per_page", rules.default_per_page, 0, rules.max_per_page);
  if (!per_page) return base::pass_on(per_page);
  if (rules.offset_window > 0 && *page * *per_page > rules.offset_window)
    return std::unexpected(ManagementError{400, "You can only page through the first 1000 records.", "invalid_paging"});
  request.style = totals->value_or(false) ? PageRequest::Style::totals : PageRequest::Style::bare;
  request.page = *page;
  request.per_page = *per_page;
  return request;
}

base::json::value lay_out_page(const PageRequest& request, std::string_view list_key, std::vector<object> rows,
                               std::size_t total, const std::string& next) {
  const auto length = rows.size();
  switch (request.style) {
    case PageRequest::Style::bare:
      return to_array(std::move(rows));
    case PageRequest::Style::totals:
      return object{{"start", request.page * request.per_page},
                    {"limit", request.per_page},
                    {"length", length},
                    {"total", total},
                    {list_key, to_array(std::move(rows))}};
    case PageRequest::Style::checkpoint: {
      object out{{list_key, to_array(std::move(rows))}};
      if (!next.empty()) out["next"] = base::base64url_encode(next);
      return out;
    }
  }
  return nullptr;
}

base::json::value lay_out(const PageRequest& request, std::string_view list_key, std::vector<object> all) {
  const auto total = all.size();
  std::size_t start = request.page * request.per_page;
  if (request.style == PageRequest::Style::checkpoint) {
    start = 0;
    const auto* const end = request.from.data() + request.from.size();
    // A checkpoint of another list leads to an end, not back to the start.
    if (!request.from.empty() && std::from_chars(request.from.data(), end, start).ptr != end) start = total;
  }
  start = std::min(start, total);
  const auto end = std::min(start + request.per_page, total);
  std::vector<object> rows(std::make_move_iterator(all.begin() + static_cast<std::ptrdiff_t>(start)),
                           std::make_move_iterator(all.begin() + static_cast<std::ptrdiff_t>(end)));
  return lay_out_page(request, list_key, std::move(rows), total, end < total ? std::to_string(end) : "");
}

base::Result<FieldSelection, ManagementError> FieldSelection::parse(const http::Form& query) {
  FieldSelection selection;
  auto include = bool_parameter(query, "include_fields");
  if (!include) return base::pass_on(include);
  selection.include_ = include->value_or(true);
  std::string_view rest = query.get("fields").value_or("");
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    if (const auto name = rest.substr(0, comma); !name.empty()) selection.names_.emplace_back(name);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  return selection;
}

void FieldSelection::apply(object& document) const {
  if (names_.empty()) return;
  const auto named = [this](std::string_view key) { return std::ranges::find(names_, key) != names_.end(); };
  std::vector<std::string> unwanted;
  for (const auto& member : document)
    if (named(member.key()) != include_) unwanted.emplace_back(std::string_view(member.key()));
  for (const auto& key : unwanted) document.erase(key);
}

}  // namespace cardea::api
