#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/percent.h"

namespace cardea::app {

// A form of a page, as far as a browser sends it.
struct HtmlForm {
  std::string action;                   // as written, character references undone; "" = the address of the page
  std::vector<base::QueryPair> fields;  // inputs with a name, in order, and the first submit button

  bool has(std::string_view name) const;
  // Fills in a field that the form has; others are not added.
  void fill(std::string_view name, const std::string& value);
};

// All forms of a page. Tolerant as a browser is, and no more than that: tags in any case, attributes with any quotes or
// none, comments, scripts and styles passed over; what it cannot read it leaves out.
std::vector<HtmlForm> find_forms(std::string_view html);

// The text of the <title>; "" when there is none.
std::string find_title(std::string_view html);

}  // namespace cardea::app
