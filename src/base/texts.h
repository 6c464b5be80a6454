#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace cardea::base {

// Every sentence that a person reads on a page or in a mail. The built-in ones are web/login/texts/<language>.json:
//
//   {"<prompt>": {"<screen>": {"<key>": "Log in to ${companyName}"}}}
//
// with the prompts, screens and most keys that Auth0's custom-text API uses, so that the body of
// PUT /api/v2/prompts/{prompt}/custom-text/{language} is the object at overrides[language][prompt] as it stands.
// The prompt "common" holds what several screens share: "page" (frame, labels) and "errors" (one text per error key);
// the prompt "mails" has one screen per mail template.
//
// Texts are plain: whoever puts one into HTML escapes it.

// Values for ${name}. A name without a value becomes nothing; values are not searched for further names.
using TextVariables = std::map<std::string, std::string, std::less<>>;

// The texts of one screen under their keys, variables filled in.
using ScreenTexts = std::map<std::string, std::string, std::less<>>;

// Languages with built-in texts, English first.
const std::vector<std::string>& text_languages();

// The built-in language for a BCP 47 tag: "de-AT" → "de", "pt" → "en".
std::string text_language(std::string_view locale);

// One person's texts: a language and, over it, a tenant's own words {language: {prompt: {screen: {key: text}}}}.
// An override is looked for under the whole tag ("de-AT"), then under its language ("de"). What no override has comes
// from the built-in language, and what that lacks from English, so that no key of the English file is ever missing.
class Texts {
 public:
  // `overrides` may be nullptr, else must outlive the object. Members of a wrong type are passed over.
  explicit Texts(std::string_view locale, const json::object* overrides = nullptr);

  // What lang attributes should say: the tag that was asked for, or "en" when all texts come from there.
  const std::string& locale() const { return locale_; }

  // Empty when nothing has the key.
  std::string text(std::string_view prompt, std::string_view screen, std::string_view key,
                   const TextVariables& variables = {}) const;

  // All keys of the screen.
  ScreenTexts screen(std::string_view prompt, std::string_view screen, const TextVariables& variables = {}) const;

 private:
  static const json::object* screen_of(const json::object* prompts, std::string_view prompt, std::string_view screen);

  std::string locale_;
  std::vector<const json::object*> layers_;  // strongest first; each {prompt: {screen: {key: text}}}
};

// Replaces each ${name} once.
std::string fill_text(std::string_view text, const TextVariables& variables);

}  // namespace cardea::base
