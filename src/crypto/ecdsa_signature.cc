#include "crypto/ecdsa_signature.h"

#include <cstdint>

// By hand, as both sides are of fixed and small form: SEQUENCE { INTEGER, INTEGER } of less than 128 bytes.
namespace cardea::crypto {
namespace {

constexpr char kSequence = 0x30;
constexpr char kInteger = 0x02;

// The magnitude of the INTEGER at the front of `der`, which moves past it.
std::optional<std::string_view> take_integer(std::string_view& der) {
  if (der.size() < 3 || der[0] != kInteger) return std::nullopt;
  const auto length = static_cast<std::uint8_t>(der[1]);
  if (length == 0 || length >= 128 || der.size() < 2U + length) return std::nullopt;
  std::string_view number = der.substr(2, length);
  der.remove_prefix(2U + length);
  if (number.front() < 0) return std::nullopt;  // the top bit says negative
  while (!number.empty() && number.front() == 0) number.remove_prefix(1);
  return number;
}

std::optional<std::string_view> magnitude(std::string_view fixed) {
  while (!fixed.empty() && fixed.front() == 0) fixed.remove_prefix(1);
  if (fixed.empty()) return std::nullopt;
  return fixed;
}

void append_integer(std::string& der, std::string_view number) {
  const bool top_bit = (static_cast<std::uint8_t>(number.front()) & 0x80) != 0;
  der.push_back(kInteger);
  der.push_back(static_cast<char>(number.size() + (top_bit ? 1 : 0)));
  if (top_bit) der.push_back(0);
  der.append(number);
}

}  // namespace

std::optional<std::string> ecdsa_der_to_jose(std::string_view der, std::size_t size) {
  if (der.size() < 2 || der[0] != kSequence || static_cast<std::uint8_t>(der[1]) != der.size() - 2) return std::nullopt;
  der.remove_prefix(2);
  const auto r = take_integer(der);
  if (!r || r->size() > size) return std::nullopt;
  const auto s = take_integer(der);
  if (!s || s->size() > size || !der.empty()) return std::nullopt;
  std::string jose;
  jose.reserve(2 * size);
  jose.append(size - r->size(), '\0').append(*r);
  jose.append(size - s->size(), '\0').append(*s);
  return jose;
}

std::optional<std::string> ecdsa_jose_to_der(std::string_view jose, std::size_t size) {
  if (jose.size() != 2 * size) return std::nullopt;
  const auto r = magnitude(jose.substr(0, size));
  const auto s = magnitude(jose.substr(size));
  if (!r || !s) return std::nullopt;
  std::string der;
  der.reserve(8 + 2 * size);
  der.push_back(kSequence);
  der.push_back(0);
  append_integer(der, *r);
  append_integer(der, *s);
  der[1] = static_cast<char>(der.size() - 2);
  return der;
}

}  // namespace cardea::crypto
