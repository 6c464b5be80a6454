#include "app/commands/verify_form.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

namespace cardea::app {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return lower(c); });
  return out;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

void append_utf8(std::string& out, std::uint32_t code) {
  if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) code = 0xFFFD;
  const auto tail = [&](int shift) { out.push_back(static_cast<char>(0x80 | ((code >> shift) & 0x3F))); };
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xC0 | (code >> 6)));
    tail(0);
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | (code >> 12)));
    tail(6);
    tail(0);
  } else {
    out.push_back(static_cast<char>(0xF0 | (code >> 18)));
    tail(12);
    tail(6);
    tail(0);
  }
}

// What stands between '&' and ';'. False: not a reference that we know, so it is text.
bool append_reference(std::string& out, std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kNamed{
      {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}, {"nbsp", "\xC2\xA0"}}};
  if (const auto named = std::ranges::find(kNamed, name, [](const auto& pair) { return pair.first; });
      named != kNamed.end()) {
    out += named->second;
    return true;
  }
  if (!name.starts_with('#')) return false;
  name.remove_prefix(1);
  const bool hex = name.starts_with('x') || name.starts_with('X');
  if (hex) name.remove_prefix(1);
  std::uint32_t code = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), code, hex ? 16 : 10);
  if (error != std::errc{} || end != name.data() + name.size()) return false;
  append_utf8(out, code);
  return true;
}

std::string undo_references(std::string_view text) {
  constexpr std::size_t kLongest = 12;
  std::string out;
  while (!text.empty()) {
    const auto ampersand = std::min(text.find('&'), text.size());
    out += text.substr(0, ampersand);
    text.remove_prefix(ampersand);
    if (text.empty()) break;
    const auto semicolon = text.substr(0, kLongest).find(';');
    if (semicolon != std::string_view::npos && append_reference(out, text.substr(1, semicolon - 1))) {
      text.remove_prefix(semicolon + 1);
    } else {
      out.push_back('&');
      text.remove_prefix(1);
    }
  }
  return out;
}

struct Tag {
  std::string name;  // lower case; "/form" for an end tag
  std::vector<base::QueryPair> attributes;

  std::optional<std::string> get(std::string_view attribute) const {
    const auto found = std::ranges::find(attributes, attribute, &base::QueryPair::first);
    if (found == attributes.end()) return std::nullopt;
    return found->second;
  }
  std::string get_or_empty(std::string_view attribute) const { return get(attribute).value_or(""); }
};

// Walks over the tags of a page.
class TagReader {
 public:
  explicit TagReader(std::string_view html) : rest_(html) {}

  std::optional<Tag> next() {
    while (true) {
      const auto open = rest_.find('<');
      if (open == std::string_view::npos) return std::nullopt;
      rest_.remove_prefix(open + 1);
      if (rest_.starts_with("!--")) {
        skip_past("-->");
        continue;
      }
      if (rest_.empty() || (rest_.front() != '/' && (lower(rest_.front()) < 'a' || lower(rest_.front()) > 'z')))
        continue;
      return tag();
    }
  }

  // From after the start tag `name` to its end tag.
  std::string_view text_of(std::string_view name) {
    const auto all = rest_;
    for (std::size_t at = all.find("</"); at != std::string_view::npos; at = all.find("</", at + 2)) {
      if (lower(all.substr(at + 2, name.size())) != name) continue;
      rest_ = all.substr(at);
      return all.substr(0, at);
    }
    rest_ = {};
    return all;
  }

 private:
  void skip_past(std::string_view mark) {
    const auto at = rest_.find(mark);
    rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at + mark.size());
  }
  void skip_spaces() {
    while (!rest_.empty() && (is_space(rest_.front()) || rest_.front() == '/')) rest_.remove_prefix(1);
  }
  template <class Stops>
  std::string_view take_until(Stops stops) {
    const auto end = std::ranges::find_if(rest_, stops);
    const auto out = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(out.size());
    return out;
  }

  Tag tag() {
    Tag out;
    if (rest_.front() == '/') {
      out.name = "/";
      rest_.remove_prefix(1);
    }
    out.name += lower(take_until([](char c) { return is_space(c) || c == '>' || c == '/'; }));
    while (true) {
      skip_spaces();
      if (rest_.empty()) break;
      if (rest_.front() == '>') {
        rest_.remove_prefix(1);
        break;
      }
      attribute(out);
    }
    return out;
  }

  void attribute(Tag& out) {
    auto name = lower(take_until([](char c) { return is_space(c) || c == '>' || c == '/' || c == '='; }));
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
    std::string value;
    if (rest_.starts_with('=')) {
      rest_.remove_prefix(1);
      while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
      if (rest_.starts_with('"') || rest_.starts_with('\'')) {
        const char quote = rest_.front();
        rest_.remove_prefix(1);
        value = undo_references(take_until([quote](char c) { return c == quote; }));
        if (!rest_.empty()) rest_.remove_prefix(1);
      } else {
        value = undo_references(take_until([](char c) { return is_space(c) || c == '>'; }));
      }
    }
    if (!out.get(name)) out.attributes.emplace_back(std::move(name), std::move(value));  // the first one counts
  }

  std::string_view rest_;
};

// Adds the field of an <input> or <button>, if a browser would send it. One submit button is sent: the first.
void add_field(HtmlForm& form, const Tag& tag, bool& has_button) {
  const auto name = tag.get_or_empty("name");
  auto type = lower(tag.get_or_empty("type"));
  if (tag.name == "button" && type.empty()) type = "submit";
  if (name.empty() || tag.get("disabled") || type == "button" || type == "reset" || type == "file" || type == "image")
    return;
  if (type == "submit") {
    if (has_button) return;
    has_button = true;
  }
  const bool is_choice = type == "checkbox" || type == "radio";
  if (is_choice && !tag.get("checked")) return;
  form.fields.emplace_back(name, tag.get("value").value_or(is_choice ? "on" : ""));
}

}  // namespace

bool HtmlForm::has(std::string_view name) const {
  return std::ranges::find(fields, name, &base::QueryPair::first) != fields.end();
}

void HtmlForm::fill(std::string_view name, const std::string& value) {
  const auto found = std::ranges::find(fields, name, &base::QueryPair::first);
  if (found != fields.end()) found->second = value;
}

std::vector<HtmlForm> find_forms(std::string_view html) {
  std::vector<HtmlForm> forms;
  bool inside = false, has_button = false;
  TagReader reader(html);
  while (const auto tag = reader.next()) {
    if (tag->name == "script" || tag->name == "style" || tag->name == "textarea" || tag->name == "title") {
      reader.text_of(tag->name);
    } else if (tag->name == "form" && !inside) {
      inside = true;
      has_button = false;
      forms.push_back({tag->get_or_empty("action"), {}});
    } else if (tag->name == "/form") {
      inside = false;
    } else if (inside && (tag->name == "input" || tag->name == "button")) {
      add_field(forms.back(), *tag, has_button);
    }
  }
  return forms;
}

std::string find_title(std::string_view html) {
  TagReader reader(html);
  while (const auto tag = reader.next()) {
    const auto& name = tag->name;
    if (name == "script" || name == "style") reader.text_of(name);
    if (name == "title") return undo_references(reader.text_of(name));
  }
  return {};
}

}  // namespace cardea::app
