#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/compression.h"

namespace cardea::http {

// 128 bits that tell two bodies apart; fast, not for security: whoever can choose a body can only fool himself.
struct BodyHash {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  bool operator==(const BodyHash&) const = default;
};
BodyHash hash_body(std::string_view body);

// A strong validator (RFC 9110 §8.8.3) of that body in that coding, with its quotes.
std::string entity_tag(const BodyHash& hash, Coding coding);

// Whether If-None-Match names `tag` (weak comparison, RFC 9110 §13.1.2) or is "*".
bool none_match_hits(std::string_view if_none_match, std::string_view tag);

}  // namespace cardea::http
