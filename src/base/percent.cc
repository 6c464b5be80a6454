#include "base/percent.h"

#include <array>
#include <cstdint>
#include <cstring>

namespace cardea::base {
namespace {

constexpr char kHex[] = "0123456789ABCDEF";

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void append_escaped(std::string& out, char c) {
  const auto byte = static_cast<std::uint8_t>(c);
  out.push_back('%');
  out.push_back(kHex[byte >> 4]);
  out.push_back(kHex[byte & 15]);
}

void append_form(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (is_alphanumeric(c) || c == '*' || c == '-' || c == '.' || c == '_')
      out.push_back(c);
    else if (c == ' ')
      out.push_back('+');
    else
      append_escaped(out, c);
  }
}

// How many bytes at the start are ASCII, in steps of eight: most text is nothing else.
std::size_t plain_size(std::string_view text) {
  std::size_t size = 0;
  for (std::uint64_t eight = 0; size + sizeof eight <= text.size(); size += sizeof eight) {
    std::memcpy(&eight, text.data() + size, sizeof eight);
    if ((eight & 0x8080808080808080ULL) != 0) break;
  }
  return size;
}

// How many bytes the UTF-8 sequence at the start of `text` has; 0 when it is malformed (RFC 3629 §4).
std::size_t sequence_size(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0}; };
  const auto is_tail = [&](std::size_t i) { return (at(i) & 0xC0) == 0x80; };
  const std::uint8_t first = at(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return is_tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const std::uint8_t low = first == 0xE0 ? 0xA0 : 0x80;
    const std::uint8_t high = first == 0xED ? 0x9F : 0xBF;
    return at(1) >= low && at(1) <= high && is_tail(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const std::uint8_t low = first == 0xF0 ? 0x90 : 0x80;
    const std::uint8_t high = first == 0xF4 ? 0x8F : 0xBF;
    return at(1) >= low && at(1) <= high && is_tail(2) && is_tail(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string percent_encode(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 2);
  for (const char c : text) {
    if (is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~')
      out.push_back(c);
    else
      append_escaped(out, c);
  }
  return out;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (true) {
    const auto plain = text.substr(0, text.find('%'));
    out.append(plain);
    text.remove_prefix(plain.size());
    if (text.empty()) return out;
    if (text.size() < 3) return std::nullopt;
    const int high = hex_digit(text[1]);
    const int low = hex_digit(text[2]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
    text.remove_prefix(3);
  }
}

std::string form_encode(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 2);
  append_form(out, text);
  return out;
}

std::string form_encode(std::span<const QueryPair> pairs) {
  std::string out;
  for (const auto& [name, value] : pairs) {
    if (!out.empty()) out.push_back('&');
    append_form(out, name);
    out.push_back('=');
    append_form(out, value);
  }
  return out;
}

std::string append_query(std::string_view url, std::span<const QueryPair> pairs) {
  if (pairs.empty()) return std::string(url);
  const auto hash = url.find('#');
  const auto before = url.substr(0, hash);
  std::string out(before);
  const auto question = before.find('?');
  if (question == std::string_view::npos)
    out.push_back('?');
  else if (before.back() != '?' && before.back() != '&')
    out.push_back('&');
  out += form_encode(pairs);
  if (hash != std::string_view::npos) out += url.substr(hash);
  return out;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    text.remove_prefix(plain_size(text));
    if (text.empty()) break;
    const auto size = sequence_size(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

}  // namespace cardea::base
