#include "api/login/page_style.h"

#include "base/color.h"

namespace cardea::api {
namespace {

using base::Color;
using base::kBlack;
using base::kReadable;
using base::kWhite;

constexpr std::string_view kPrefix = "/u/assets/theme-";
constexpr std::string_view kSuffix = ".css";
constexpr std::string_view kUnset = "none";

// The same as --card and --on-page in web/login/assets/login.css; a test compares them.
constexpr Color kLightCard{0xff, 0xff, 0xff};
constexpr Color kDarkCard{0x17, 0x1a, 0x21};
constexpr Color kOnPage{0x4a, 0x51, 0x63};

constexpr double kVisible = 3.0;  // WCAG 2.2 §1.4.11, for edges; for text see base::kReadable
constexpr double kLost = 1.25;    // below this a button's face cannot be told from the card
constexpr double kDarkest = 0.1;  // luminance below which a page colour also suits the dark scheme

std::string declaration(std::string_view name, Color color) {
  return "--" + std::string(name) + ":#" + to_hex(color) + ";";
}

std::string primary_rules(Color chosen, Color card) {
  const Color primary = contrast(chosen, card) < kLost ? readable_on(chosen, card, kVisible) : chosen;
  const Color text = text_on(primary);
  const Color hover = mix(primary, text == kWhite ? kBlack : kWhite, 0.14);  // away from the text: never less readable
  return declaration("primary", primary) + declaration("on-primary", text) + declaration("primary-hover", hover) +
         declaration("primary-edge", readable_on(primary, card, kVisible)) +
         declaration("link", readable_on(primary, card, kReadable));
}

std::string page_rules(Color page) {
  return declaration("page", page) + declaration("on-page", readable_on(kOnPage, page, kReadable));
}

// A colour as theme_path() writes it.
std::optional<Color> color_named(std::string_view name) {
  const auto color = base::parse_color("#" + std::string(name));
  return color && to_hex(*color) == name ? color : std::nullopt;
}

}  // namespace

std::string theme_path(std::string_view primary_color, std::string_view page_background) {
  const auto primary = base::parse_color(primary_color);
  const auto page = base::parse_color(page_background);
  if (!primary && !page) return {};
  const auto name = [](const std::optional<Color>& color) { return color ? to_hex(*color) : std::string(kUnset); };
  return std::string(kPrefix) + name(primary) + "-" + name(page) + std::string(kSuffix);
}

std::optional<std::string> theme_css(std::string_view path) {
  if (!path.starts_with(kPrefix) || !path.ends_with(kSuffix) || path.size() < kPrefix.size() + kSuffix.size())
    return std::nullopt;
  const auto names = path.substr(kPrefix.size(), path.size() - kPrefix.size() - kSuffix.size());
  const auto dash = names.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = names.substr(0, dash), second = names.substr(dash + 1);
  const auto primary = color_named(first), page = color_named(second);
  if ((!primary && first != kUnset) || (!page && second != kUnset)) return std::nullopt;

  std::string light, dark;
  if (primary) {
    light += primary_rules(*primary, kLightCard);
    dark += primary_rules(*primary, kDarkCard);
  }
  if (page) {
    light += page_rules(*page);
    if (relative_luminance(*page) < kDarkest) dark += page_rules(*page);  // else the dark scheme keeps its own
  }
  return "@media not (prefers-color-scheme:dark){:root{" + light + "}}\n@media (prefers-color-scheme:dark){:root{" +
         dark + "}}\n";
}

}  // namespace cardea::api
