#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cardea::api {

// For tests: reads the HTML that our templates make, strictly, and says what is wrong with it. Not a parser of the HTML
// of others.
struct HtmlElement {
  std::string name;
  std::map<std::string, std::string> attributes;  // as written, entities not resolved
  std::string text;                               // directly inside

  bool has(const std::string& attribute) const { return attributes.contains(attribute); }
  std::string get(const std::string& attribute) const {
    const auto at = attributes.find(attribute);
    return at == attributes.end() ? std::string() : at->second;
  }
};

struct HtmlOutline {
  std::vector<HtmlElement> elements;  // in document order
  std::vector<std::string> problems;

  std::vector<HtmlElement> all(std::string_view name) const;
  // The element with this id; nullptr when there is none.
  const HtmlElement* by_id(std::string_view id) const;
};

// Checks: tags balanced, attributes quoted and not repeated, ids unique, references (for, aria-describedby,
// aria-controls) lead to an id, every visible input has a label, one h1, one main, no inline style or script.
HtmlOutline check_html(std::string_view html);

}  // namespace cardea::api
