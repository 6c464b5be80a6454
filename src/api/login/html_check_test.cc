#include "api/login/html_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

// The checker itself is here too, so that it stays out of the library.

namespace cardea::api {
namespace {

constexpr std::array<std::string_view, 5> kVoid = {"meta", "link", "input", "img", "br"};

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

class Checker {
 public:
  explicit Checker(std::string_view html) : rest_(html) {}

  HtmlOutline check() {
    constexpr std::string_view kDoctype = "<!doctype html>\n";
    if (!rest_.starts_with(kDoctype)) return fail("no doctype"), std::move(outline_);
    rest_.remove_prefix(kDoctype.size());
    while (!rest_.empty() && outline_.problems.empty()) rest_[0] == '<' ? tag() : text();
    if (!open_.empty()) fail("not closed: " + outline_.elements[open_.back()].name);
    if (outline_.problems.empty()) check_meaning();
    return std::move(outline_);
  }

 private:
  void fail(const std::string& problem) {
    outline_.problems.push_back(problem + " before: " + std::string(rest_.substr(0, 60)));
  }

  void text() {
    const auto piece = rest_.substr(0, rest_.find('<'));
    if (piece.find('>') != std::string_view::npos) fail("a loose >");
    for (auto at = piece.find('&'); at != std::string_view::npos; at = piece.find('&', at + 1)) {
      const auto end = piece.find(';', at);
      if (end == std::string_view::npos || end - at > 6) fail("a loose &");
    }
    if (!open_.empty()) outline_.elements[open_.back()].text += piece;
    rest_.remove_prefix(piece.size());
  }

  std::string name() {
    std::size_t length = 0;
    while (length < rest_.size() && is_name_char(rest_[length])) ++length;
    const std::string name(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return name;
  }

  void tag() {
    rest_.remove_prefix(1);
    if (rest_.starts_with("/")) return closing_tag();
    HtmlElement element{.name = name()};
    if (element.name.empty()) return fail("not a tag");
    while (outline_.problems.empty() && rest_.starts_with(" ")) attribute(element);
    const bool closed = rest_.starts_with("/>");
    if (!closed && !rest_.starts_with(">")) return fail("a tag without an end");
    rest_.remove_prefix(closed ? 2 : 1);
    outline_.elements.push_back(element);
    const bool is_void = std::ranges::find(kVoid, element.name) != kVoid.end();
    if (!closed && !is_void) open_.push_back(outline_.elements.size() - 1);
  }

  void closing_tag() {
    rest_.remove_prefix(1);
    const auto closing = name();
    if (open_.empty() || outline_.elements[open_.back()].name != closing)
      return fail("closes what is not open: " + closing);
    if (!rest_.starts_with(">")) return fail("a closing tag without an end");
    open_.pop_back();
    rest_.remove_prefix(1);
  }

  void attribute(HtmlElement& element) {
    rest_.remove_prefix(1);
    const auto attribute = name();
    if (attribute.empty()) return fail("a space without an attribute");
    std::string value;
    if (rest_.starts_with("=\"")) {
      const auto end = rest_.find('"', 2);
      if (end == std::string_view::npos) return fail("an open quote");
      value = rest_.substr(2, end - 2);
      rest_.remove_prefix(end + 1);
    } else if (rest_.starts_with("=")) {
      return fail("an attribute without quotes");
    }
    if (!element.attributes.emplace(attribute, value).second) fail("twice: " + attribute);
    if (attribute == "style" || attribute.starts_with("on")) fail("inline: " + attribute);
  }

  void check_meaning() {
    for (const auto& element : outline_.elements) {
      if (element.has("id") && !ids_.insert(element.get("id")).second) fail("twice the id " + element.get("id"));
      if (element.name == "label") labelled_.insert(element.get("for"));
      if (element.name == "script" && (element.get("src").empty() || !element.text.empty())) fail("inline script");
      if (element.name == "style") fail("inline style");
      if (element.name == "img" && !element.has("alt")) fail("an image without alt");
      if (element.name == "button" && !element.has("type")) fail("a button without type");
    }
    for (const auto& element : outline_.elements) {
      for (const auto* reference : {"for", "aria-controls", "aria-describedby"}) check_reference(element, reference);
      const bool visible = element.get("type") != "hidden" && !element.has("aria-hidden");
      if (element.name == "input" && visible && !labelled_.contains(element.get("id"))) fail("an input without label");
    }
    if (outline_.all("h1").size() != 1) fail("not one h1");
    if (outline_.all("main").size() != 1) fail("not one main");
    if (std::ranges::count_if(outline_.elements, [](const auto& e) { return e.has("autofocus"); }) > 1)
      fail("two autofocus");
  }

  void check_reference(const HtmlElement& element, const std::string& attribute) {
    const std::string ids = element.get(attribute);
    std::string_view list = ids;
    while (!list.empty()) {
      const auto id = list.substr(0, list.find(' '));
      if (!ids_.contains(std::string(id))) fail(attribute + " leads nowhere: " + std::string(id));
      list.remove_prefix(std::min(list.size(), id.size() + 1));
    }
  }

  std::string_view rest_;
  HtmlOutline outline_;
  std::vector<std::size_t> open_;
  std::set<std::string> ids_, labelled_;
};

}  // namespace

std::vector<HtmlElement> HtmlOutline::all(std::string_view name) const {
  std::vector<HtmlElement> found;
  std::ranges::copy_if(elements, std::back_inserter(found), [&](const auto& element) { return element.name == name; });
  return found;
}

const HtmlElement* HtmlOutline::by_id(std::string_view id) const {
  const auto at = std::ranges::find_if(elements, [&](const auto& element) { return element.get("id") == id; });
  return at == elements.end() ? nullptr : &*at;
}

HtmlOutline check_html(std::string_view html) { return Checker(html).check(); }

namespace {

TEST(HtmlCheck, accepts_a_sound_page) {
  const auto outline = check_html(
      "<!doctype html>\n<html lang=\"en\"><main><h1 id=\"a\">A &amp; B</h1><br>"
      "<label for=\"x\">X</label><input id=\"x\" aria-describedby=\"a\"></main></html>");

  EXPECT_THAT(outline.problems, testing::IsEmpty());
  EXPECT_EQ(outline.elements.size(), 6u);
  EXPECT_EQ(outline.by_id("a")->text, "A &amp; B");
  EXPECT_EQ(outline.by_id("b"), nullptr);
}

TEST(HtmlCheck, finds_what_is_wrong) {
  for (const auto* body : {"<p>",
                           "</p>",
                           "<p></b>",
                           "<p a=b></p>",
                           "<p a=\"></p>",
                           "<p a=\"1\" a=\"2\"></p>",
                           "a > b",
                           "a & b",
                           "< b",
                           "<p style=\"x\"></p>",
                           "<p onclick=\"x\"></p>",
                           "<script>x</script>",
                           "<style></style>",
                           "<img src=\"x\">",
                           "<input id=\"x\">",
                           "<label for=\"x\">X</label>",
                           "<p id=\"a\"></p><p id=\"a\"></p>",
                           "<h1>2</h1>",
                           "<button>x</button>",
                           "<p aria-describedby=\"a\"></p>",
                           "<!-- x -->"}) {
    const auto outline = check_html("<!doctype html>\n<main><h1>1</h1>" + std::string(body) + "</main>");
    EXPECT_FALSE(outline.problems.empty()) << body;
  }
}

}  // namespace
}  // namespace cardea::api
