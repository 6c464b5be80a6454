#include "base/base64.h"

#include <array>
#include <cstdint>

namespace cardea::base {
namespace {

constexpr std::string_view kUrl = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> inverse(std::string_view alphabet) {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::int8_t>(i);
  return table;
}

constexpr auto kUrlInverse = inverse(kUrl);
constexpr auto kStandardInverse = inverse(kStandard);

std::uint32_t byte(char c) { return static_cast<std::uint8_t>(c); }

std::string encode(std::string_view bytes, std::string_view alphabet) {
  std::string out((bytes.size() * 4 + 2) / 3, '\0');
  char* to = out.data();
  const auto letter = [alphabet](std::uint32_t bits) { return alphabet[bits & 63]; };
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const auto bits = byte(bytes[i]) << 16 | byte(bytes[i + 1]) << 8 | byte(bytes[i + 2]);
    *to++ = letter(bits >> 18);
    *to++ = letter(bits >> 12);
    *to++ = letter(bits >> 6);
    *to++ = letter(bits);
  }
  const auto left = bytes.size() - i;
  if (left == 0) return out;
  const auto bits = byte(bytes[i]) << 16 | (left == 2 ? byte(bytes[i + 1]) << 8 : 0);
  *to++ = letter(bits >> 18);
  *to++ = letter(bits >> 12);
  if (left == 2) *to++ = letter(bits >> 6);
  return out;
}

// Of four letters, or of fewer at the end with the missing ones as zero; negative when one is not of the alphabet.
std::int32_t bits_of(std::string_view letters, const std::array<std::int8_t, 256>& table) {
  std::int32_t bits = 0;
  std::int32_t all = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::int32_t value = i < letters.size() ? table[static_cast<std::uint8_t>(letters[i])] : 0;
    all |= value;
    bits = bits * 64 + (value & 63);
  }
  return all < 0 ? -1 : bits;
}

std::optional<std::string> decode(std::string_view text, const std::array<std::int8_t, 256>& table) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out(text.size() * 3 / 4, '\0');
  char* to = out.data();
  std::size_t i = 0;
  for (; i + 4 <= text.size(); i += 4) {
    const auto bits = bits_of(text.substr(i, 4), table);
    if (bits < 0) return std::nullopt;
    *to++ = static_cast<char>(bits >> 16);
    *to++ = static_cast<char>(bits >> 8);
    *to++ = static_cast<char>(bits);
  }
  const auto left = text.size() - i;
  if (left == 0) return out;
  const auto bits = bits_of(text.substr(i), table);
  // Bits that no byte takes must be zero: each text has one form only.
  if (bits < 0 || (bits & (left == 2 ? 0xFFFF : 0xFF)) != 0) return std::nullopt;
  *to++ = static_cast<char>(bits >> 16);
  if (left == 3) *to++ = static_cast<char>(bits >> 8);
  return out;
}

}  // namespace

std::string base64url_encode(std::string_view bytes) { return encode(bytes, kUrl); }

std::optional<std::string> base64url_decode(std::string_view text) { return decode(text, kUrlInverse); }

std::string base64_encode(std::string_view bytes) {
  std::string out = encode(bytes, kStandard);
  while (out.size() % 4 != 0) out.push_back('=');
  return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return decode(text, kStandardInverse);
}

}  // namespace cardea::base
