#include "api/login/locale.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/texts.h"

namespace cardea::api {
namespace {

constexpr std::size_t kMostTags = 32;
constexpr std::size_t kLongestTag = 35;  // RFC 5646 §4.4.1

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, lower, lower); }

bool is_tag(std::string_view text) {
  if (text.empty() || text.size() > kLongestTag || text.front() == '-' || text.back() == '-') return false;
  return std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || c == '-'; });
}

// "de-at" narrows "de", and "de" does not narrow "d".
bool narrows(std::string_view tag, std::string_view wider) {
  return tag.size() > wider.size() && tag[wider.size()] == '-' &&
         equal_ignoring_case(tag.substr(0, wider.size()), wider);
}

std::optional<std::string> match(std::string_view asked, const std::vector<std::string>& enabled) {
  if (!is_tag(asked)) return std::nullopt;
  for (std::string_view part = asked;; part = part.substr(0, part.rfind('-'))) {
    for (const auto& locale : enabled)
      if (equal_ignoring_case(locale, part)) return locale;
    if (part.find('-') == std::string_view::npos) break;
  }
  for (const auto& locale : enabled)
    if (narrows(locale, asked)) return locale;
  return std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// Cuts the text up to the separator off `rest`.
std::string_view next_piece(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const auto piece = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return trimmed(piece);
}

// A q-value in thousandths (RFC 9110 §12.4.2: at most three decimals, 0 to 1); -1 when malformed.
int quality(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return -1;
  int value = (text[0] - '0') * 1000;
  if (text.size() > 1 && text[1] != '.') return -1;
  int weight = 100;
  for (std::size_t i = 2; i < text.size(); ++i, weight /= 10) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value += (text[i] - '0') * weight;
  }
  return value <= 1000 ? value : -1;
}

struct Preference {
  std::string_view tag;
  int quality = 1000;
};

std::vector<Preference> parse_accept_language(std::string_view header) {
  std::vector<Preference> preferences;
  for (std::size_t count = 0; !header.empty() && count < kMostTags; ++count) {
    auto item = next_piece(header, ',');
    Preference preference{.tag = next_piece(item, ';')};
    while (!item.empty()) {
      const auto parameter = next_piece(item, ';');
      if (parameter.size() > 1 && lower(parameter[0]) == 'q' && parameter[1] == '=')
        preference.quality = quality(parameter.substr(2));
    }
    if (preference.quality <= 0) continue;
    preferences.insert(
        std::ranges::upper_bound(preferences, preference.quality, std::ranges::greater(), &Preference::quality),
        preference);
  }
  return preferences;
}

}  // namespace

std::string choose_locale(std::string_view ui_locales, std::string_view cookie, std::string_view accept_language,
                          const std::vector<std::string>& enabled_locales) {
  const auto& enabled = enabled_locales.empty() ? base::text_languages() : enabled_locales;
  for (std::size_t count = 0; !ui_locales.empty() && count < kMostTags; ++count)
    if (auto found = match(next_piece(ui_locales, ' '), enabled)) return *found;
  if (auto found = match(trimmed(cookie), enabled)) return *found;
  for (const auto& preference : parse_accept_language(accept_language)) {
    if (preference.tag == "*") break;
    if (auto found = match(preference.tag, enabled)) return *found;
  }
  return enabled.front();
}

bool is_right_to_left(std::string_view locale) {
  static constexpr std::array<std::string_view, 12> kLanguages = {"ar", "arc", "ckb", "dv", "fa", "he",
                                                                  "ks", "nqo", "ps",  "sd", "ug", "ur"};
  static constexpr std::array<std::string_view, 6> kScripts = {"arab", "hebr", "syrc", "thaa", "nkoo", "rohg"};
  std::string_view rest = locale;
  const auto language = next_piece(rest, '-');
  const auto script = next_piece(rest, '-');
  const auto is = [](std::string_view what) {
    return [what](std::string_view other) { return equal_ignoring_case(what, other); };
  };
  if (script.size() == 4) return std::ranges::any_of(kScripts, is(script));
  return equal_ignoring_case(language, "yi") || std::ranges::any_of(kLanguages, is(language));
}

}  // namespace cardea::api
