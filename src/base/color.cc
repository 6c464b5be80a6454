#include "base/color.h"

#include <algorithm>
#include <cmath>

namespace cardea::base {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<Color> parse_hex(std::string_view digits) {
  if (digits.size() != 6 || !std::ranges::all_of(digits, [](char c) { return hex_digit(c) >= 0; })) return std::nullopt;
  const auto byte = [&](std::size_t at) {
    return static_cast<std::uint8_t>(hex_digit(digits[at]) * 16 + hex_digit(digits[at + 1]));
  };
  return Color{byte(0), byte(2), byte(4)};
}

double linear(std::uint8_t channel) {
  const double value = channel / 255.0;
  return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

}  // namespace

Color mix(Color from, Color to, double share) {
  const auto channel = [share](std::uint8_t a, std::uint8_t b) {
    return static_cast<std::uint8_t>(std::lround(a + (b - a) * share));
  };
  return {channel(from.red, to.red), channel(from.green, to.green), channel(from.blue, to.blue)};
}

std::optional<Color> parse_color(std::string_view text) {
  if (text.size() == 4 && text[0] == '#') {
    const char longer[] = {text[1], text[1], text[2], text[2], text[3], text[3]};
    return parse_hex({longer, sizeof longer});
  }
  if (text.size() == 7 && text[0] == '#') return parse_hex(text.substr(1));
  return std::nullopt;
}

std::string to_hex(Color color) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const auto channel : {color.red, color.green, color.blue}) {
    hex += kDigits[channel >> 4];
    hex += kDigits[channel & 15];
  }
  return hex;
}

double relative_luminance(Color color) {
  return 0.2126 * linear(color.red) + 0.7152 * linear(color.green) + 0.0722 * linear(color.blue);
}

double contrast(Color a, Color b) {
  const double one = relative_luminance(a), other = relative_luminance(b);
  return (std::max(one, other) + 0.05) / (std::min(one, other) + 0.05);
}

Color text_on(Color background) { return contrast(kWhite, background) >= kReadable ? kWhite : kBlack; }

Color readable_on(Color wanted, Color background, double ratio) {
  const Color end = contrast(kWhite, background) > contrast(kBlack, background) ? kWhite : kBlack;
  for (int step = 0; step < 50; ++step) {
    const Color tried = mix(wanted, end, step / 50.0);
    if (contrast(tried, background) >= ratio) return tried;
  }
  return end;
}

}  // namespace cardea::base
