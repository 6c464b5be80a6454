#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/manage/management_error.h"
#include "base/json.h"
#include "http/form.h"

namespace cardea::api {

// How a list is asked for (reference §1.2).
struct PageRequest {
  enum class Style { bare, totals, checkpoint } style = Style::bare;
  std::size_t page = 0;       // offset styles
  std::size_t per_page = 50;  // also `take`
  std::string from;           // checkpoint: the opaque `next` of the page before
};

struct PagingRules {
  bool offset = true;
  bool checkpoint = false;
  std::size_t max_per_page = 100;
  std::size_t default_per_page = 50;
  std::size_t offset_window = 0;  // page*per_page beyond it is refused with invalid_paging; 0 = no bound
};

base::Result<PageRequest, ManagementError> parse_paging(const http::Form& query, const PagingRules& rules);

// Cuts one page out of the whole list and lays it out in the style that was asked for: an array, {start,limit,length,
// total,<key>} or {<key>,next}.
base::json::value lay_out(const PageRequest& request, std::string_view list_key, std::vector<base::json::object> all);

// The same for a page that the store has already cut. `next` = "" on the last page.
base::json::value lay_out_page(const PageRequest& request, std::string_view list_key,
                               std::vector<base::json::object> rows, std::size_t total, const std::string& next);

// `fields` and `include_fields`: which members of each object are shown.
class FieldSelection {
 public:
  static base::Result<FieldSelection, ManagementError> parse(const http::Form& query);
  void apply(base::json::object& document) const;

 private:
  std::vector<std::string> names_;
  bool include_ = true;
};

// A query parameter that must be "true" or "false".
base::Result<std::optional<bool>, ManagementError> bool_parameter(const http::Form& query, std::string_view name);

}  // namespace cardea::api
