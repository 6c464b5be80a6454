#include "http/entity_tag.h"

#include <cstring>

namespace cardea::http {
namespace {

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

void write_hex(char* out, std::uint64_t number) {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (int i = 15; i >= 0; --i, number >>= 4) out[i] = kDigits[number & 15];
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

// Two lanes that do not wait for one another: the multiplications overlap.
BodyHash hash_body(std::string_view body) {
  constexpr std::uint64_t kA = 0xA0761D6478BD642FULL;
  constexpr std::uint64_t kB = 0xE7037ED1A0B428DBULL;
  std::uint64_t high = kA ^ body.size();
  std::uint64_t low = kB;
  std::uint64_t words[4];
  const char* from = body.data();
  std::size_t left = body.size();
  for (; left >= sizeof words; from += sizeof words, left -= sizeof words) {
    std::memcpy(words, from, sizeof words);
    high = mix(words[0] ^ kA, words[1] ^ high);
    low = mix(words[2] ^ kB, words[3] ^ low);
  }
  std::memset(words, 0, sizeof words);
  std::memcpy(words, from, left);
  high = mix(words[0] ^ kA, words[1] ^ high);
  low = mix(words[2] ^ kB, words[3] ^ low);
  return {mix(high ^ kB, low ^ body.size()), mix(low ^ kA, high)};
}

std::string entity_tag(const BodyHash& hash, Coding coding) {
  std::string out(33, '"');
  write_hex(out.data() + 1, hash.high);
  write_hex(out.data() + 17, hash.low);
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
