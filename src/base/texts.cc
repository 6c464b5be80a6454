#include "base/texts.h"

#include <algorithm>

#include "base/embedded_files.h"

namespace cardea::base {
namespace {

constexpr std::string_view kFolder = "login/texts/";
constexpr std::string_view kFallback = "en";

using Languages = std::map<std::string, json::object, std::less<>>;

// Parsed once; the files are part of the program, and a test reads every one of them.
const Languages& built_in() {
  static const Languages languages = [] {
    Languages read;
    for (const auto& file : embedded_files()) {
      if (!file.path.starts_with(kFolder) || !file.path.ends_with(".json")) continue;
      const auto name = file.path.substr(kFolder.size(), file.path.size() - kFolder.size() - 5);
      if (auto parsed = parse_json(file.content); parsed && parsed->is_object())
        read.emplace(name, std::move(parsed->get_object()));
    }
    return read;
  }();
  return languages;
}

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

}  // namespace

const std::vector<std::string>& text_languages() {
  static const std::vector<std::string> languages = [] {
    std::vector<std::string> names{std::string(kFallback)};
    for (const auto& [name, texts] : built_in())
      if (name != kFallback) names.push_back(name);
    return names;
  }();
  return languages;
}

std::string text_language(std::string_view locale) {
  std::string language = lower_case(locale.substr(0, locale.find('-')));
  return built_in().contains(language) ? language : std::string(kFallback);
}

Texts::Texts(std::string_view locale, const json::object* overrides) {
  const auto add = [this](const json::object* layer) {
    if (layer != nullptr && std::ranges::find(layers_, layer) == layers_.end()) layers_.push_back(layer);
  };
  if (overrides != nullptr) {
    add(get_object(*overrides, locale));
    add(get_object(*overrides, locale.substr(0, locale.find('-'))));
  }
  const bool known = !layers_.empty() || built_in().contains(lower_case(locale.substr(0, locale.find('-'))));
  locale_ = known ? locale : kFallback;
  for (const auto& language : {text_language(locale), std::string(kFallback)})
    if (const auto at = built_in().find(language); at != built_in().end()) add(&at->second);
}

const json::object* Texts::screen_of(const json::object* prompts, std::string_view prompt, std::string_view screen) {
  const auto* screens = get_object(*prompts, prompt);
  return screens == nullptr ? nullptr : get_object(*screens, screen);
}

std::string Texts::text(std::string_view prompt, std::string_view screen, std::string_view key,
                        const TextVariables& variables) const {
  for (const auto* layer : layers_)
    if (const auto* texts = screen_of(layer, prompt, screen))
      if (const auto text = get_string(*texts, key)) return fill_text(*text, variables);
  return {};
}

ScreenTexts Texts::screen(std::string_view prompt, std::string_view screen, const TextVariables& variables) const {
  ScreenTexts all;
  for (const auto* layer : layers_) {
    const auto* texts = screen_of(layer, prompt, screen);
    if (texts == nullptr) continue;
    for (const auto& [key, value] : *texts)
      if (value.is_string()) all.try_emplace(std::string(key), fill_text(value.get_string(), variables));
  }
  return all;
}

std::string fill_text(std::string_view text, const TextVariables& variables) {
  std::string filled;
  filled.reserve(text.size() + 32);
  while (true) {
    const auto start = text.find("${");
    filled += text.substr(0, start);
    if (start == std::string_view::npos) return filled;
    auto end = start + 2;
    while (end < text.size() && is_name_char(text[end])) ++end;
    if (end == text.size() || text[end] != '}' || end == start + 2) {  // not a variable: stays as it is
      filled += text.substr(start, end - start);
    } else {
      if (const auto at = variables.find(text.substr(start + 2, end - start - 2)); at != variables.end())
        filled += at->second;
      ++end;
    }
    text.remove_prefix(end);
  }
}

}  // namespace cardea::base
