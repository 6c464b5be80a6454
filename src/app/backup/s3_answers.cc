#include "app/backup/s3_answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/percent.h"

namespace cardea::app {
namespace {

constexpr std::size_t kMaxObjects = 1000;  // of a page, says the protocol

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xC0 | code >> 6));
    out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | code >> 12));
    out.push_back(static_cast<char>(0x80 | (code >> 6 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  } else {
    out.push_back(static_cast<char>(0xF0 | code >> 18));
    out.push_back(static_cast<char>(0x80 | (code >> 12 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (code >> 6 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  }
}

// `name` stands between '&' and ';'.
bool append_reference(std::string& out, std::string_view name) {
  constexpr std::pair<std::string_view, char> kNamed[] = {
      {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
  for (const auto& [known, character] : kNamed) {
    if (name != known) continue;
    out.push_back(character);
    return true;
  }
  if (!name.starts_with('#')) return false;
  const bool hex = name.starts_with("#x");
  name.remove_prefix(hex ? 2 : 1);
  std::uint32_t code = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), code, hex ? 16 : 10);
  if (error != std::errc{} || end != name.data() + name.size() || code == 0 || code > 0x10FFFF) return false;
  append_utf8(out, code);
  return true;
}

std::optional<std::string> plain_text(std::string_view raw) {
  std::string out;
  while (!raw.empty()) {
    const auto next = std::min(raw.find_first_of("&<"), raw.size());
    out += raw.substr(0, next);
    raw.remove_prefix(next);
    if (raw.empty()) break;
    const auto end = raw.find(';');
    if (raw.front() == '<' || end == std::string_view::npos || end > 10) return std::nullopt;
    if (!append_reference(out, raw.substr(1, end - 1))) return std::nullopt;
    raw.remove_prefix(end + 1);
  }
  if (!base::is_utf8(out) || out.find('\0') != std::string::npos) return std::nullopt;
  return out;
}

// What is between <name> and </name>; `rest` is what follows.
std::optional<std::string_view> inner(std::string_view xml, std::string_view name, std::string_view* rest = nullptr) {
  const auto open = fmt::format("<{}>", name), close = fmt::format("</{}>", name);
  const auto begin = xml.find(open);
  if (begin == std::string_view::npos) return std::nullopt;
  const auto end = xml.find(close, begin + open.size());
  if (end == std::string_view::npos) return std::nullopt;
  if (rest != nullptr) *rest = xml.substr(end + close.size());
  return xml.substr(begin + open.size(), end - begin - open.size());
}

}  // namespace

std::optional<std::string> s3_element(std::string_view xml, std::string_view name) {
  const auto found = inner(xml, name);
  return found ? plain_text(*found) : std::nullopt;
}

base::Result<S3Listing> parse_listing(std::string_view xml) {
  const auto wrong = [] { return base::fail(base::Errc::invalid, "the server's listing cannot be read"); };
  if (xml.find("<ListBucketResult") == std::string_view::npos) return wrong();
  S3Listing out;
  if (s3_element(xml, "IsTruncated") == "true") {
    auto next = s3_element(xml, "NextContinuationToken");
    if (!next || next->empty()) return wrong();
    out.next = std::move(*next);
  }
  while (const auto content = inner(xml, "Contents", &xml)) {
    auto key = s3_element(*content, "Key");
    const auto size = s3_element(*content, "Size");
    if (!key || !size || out.objects.size() == kMaxObjects) return wrong();
    std::uint64_t bytes = 0;
    const auto [end, error] = std::from_chars(size->data(), size->data() + size->size(), bytes);
    if (error != std::errc{} || end != size->data() + size->size()) return wrong();
    out.objects.push_back({std::move(*key), bytes});
  }
  return out;
}

std::string s3_error_code(std::string_view xml) {
  const auto code = s3_element(xml, "Code");
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  if (!code || code->empty() || code->size() > 64 || !std::ranges::all_of(*code, is_letter)) return {};
  return " (" + *code + ")";
}

}  // namespace cardea::app
