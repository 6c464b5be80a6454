#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cardea::api {

// Colours that tenants choose, made readable.

struct Color {
  std::uint8_t red = 0, green = 0, blue = 0;

  bool operator==(const Color&) const = default;
};

// "#rgb" or "#rrggbb", nothing else: a tenant's colour ends up in a style sheet.
std::optional<Color> parse_color(std::string_view text);

// "rrggbb", without the sign.
std::string to_hex(Color color);

// WCAG 2.2 relative luminance, 0 (black) … 1 (white), and contrast ratio, 1 … 21.
double relative_luminance(Color color);
double contrast(Color a, Color b);

// White or near-black, whichever reads better on `background`: always at least 4.5:1.
Color text_on(Color background);

// `wanted`, moved towards black or white just so far that it has `ratio` against `background`.
Color readable_on(Color wanted, Color background, double ratio);

// Where the style sheet of these two colours is served, e.g. "/u/assets/theme-0a5cff-f4f5f7.css"; empty when neither is
// a colour (the built-in theme needs no second sheet). The colours stand in the address, so that the sheet is a pure
// function of it, is the same for everybody and may be cached forever; no inline style, nonce or hash is needed and the
// policy of login_csp() stays the same for all tenants.
std::string theme_path(std::string_view primary_color, std::string_view page_background);

// The sheet for such a path; nullopt when the path is not one that theme_path() makes.
std::optional<std::string> theme_css(std::string_view path);

}  // namespace cardea::api
