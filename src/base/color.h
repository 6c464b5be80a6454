#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cardea::base {

// Colours that tenants choose, made readable.

struct Color {
  std::uint8_t red = 0, green = 0, blue = 0;

  bool operator==(const Color&) const = default;
};

inline constexpr Color kWhite{255, 255, 255};
inline constexpr Color kBlack{0, 0, 0};

// "#rgb" or "#rrggbb", nothing else: a tenant's colour ends up in a style sheet.
std::optional<Color> parse_color(std::string_view text);

// "rrggbb", without the sign.
std::string to_hex(Color color);

// WCAG 2.2 relative luminance, 0 (black) … 1 (white), and contrast ratio, 1 … 21.
double relative_luminance(Color color);
double contrast(Color a, Color b);

// White where it has 4.5:1 on `background`, else black, which then has it.
Color text_on(Color background);

// `wanted`, moved towards black or white just so far that it has `ratio` against `background`.
Color readable_on(Color wanted, Color background, double ratio);

// WCAG 2.2 §1.4.3 for text.
inline constexpr double kReadable = 4.5;

// `share` 0 gives `from`, 1 gives `to`.
Color mix(Color from, Color to, double share);

}  // namespace cardea::base
