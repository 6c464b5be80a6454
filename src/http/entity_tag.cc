#include "http/entity_tag.h"

#include <cstring>

namespace cardea::http {
namespace {

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

void append_hex(std::string& out, std::uint64_t number) {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4) out.push_back(kDigits[(number >> shift) & 15]);
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

BodyHash hash_body(std::string_view body) {
  constexpr std::uint64_t kA = 0xA0761D6478BD642FULL;
  constexpr std::uint64_t kB = 0xE7037ED1A0B428DBULL;
  std::uint64_t high = kA ^ body.size();
  std::uint64_t low = kB;
  for (auto rest = body; !rest.empty();) {
    std::uint64_t words[2] = {0, 0};
    const auto size = rest.size() < sizeof words ? rest.size() : sizeof words;
    std::memcpy(words, rest.data(), size);
    high = mix(words[0] ^ kA, words[1] ^ high);
    low = mix(words[1] ^ kB, words[0] ^ low) + words[0];
    rest.remove_prefix(size);
  }
  return {mix(high ^ kB, low ^ body.size()), mix(low ^ kA, high)};
}

std::string entity_tag(const BodyHash& hash, Coding coding) {
  std::string out = "\"";
  append_hex(out, hash.high);
  append_hex(out, hash.low);
  if (coding != Coding::identity) {
    out += '-';
    out += coding_name(coding);
  }
  out += '"';
  return out;
}

bool none_match_hits(std::string_view text, std::string_view tag) {
  if (trim(text) == "*") return true;
  while (!text.empty()) {
    const auto end = text.find(',');
    auto item = trim(text.substr(0, end));
    if (item.starts_with("W/")) item.remove_prefix(2);
    if (item == tag) return true;
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return false;
}

}  // namespace cardea::http
