#include "base/texts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/embedded_files.h"

namespace cardea::base {
namespace {

using testing::ElementsAre;

using Flat = std::map<std::string, std::string>;

void flatten(const json::object& object, const std::string& path, Flat& flat) {
  for (const auto& [key, value] : object) {
    const auto here = path + "/" + std::string(key);
    if (value.is_object())
      flatten(value.get_object(), here, flat);
    else
      flat[here] = value.is_string() ? std::string(std::string_view(value.get_string())) : "<not a string>";
  }
}

Flat texts_of(const std::string& language) {
  Flat flat;
  const auto parsed = parse_json(embedded_file("login/texts/" + language + ".json").value_or(""));
  EXPECT_TRUE(parsed && parsed->is_object()) << language;
  if (parsed && parsed->is_object()) flatten(parsed->get_object(), "", flat);
  return flat;
}

std::set<std::string> variables_of(const std::string& text) {
  std::set<std::string> names;
  for (auto at = text.find("${"); at != std::string::npos; at = text.find("${", at + 1))
    names.insert(text.substr(at, text.find('}', at) - at + 1));
  return names;
}

TEST(Texts, are_built_in_for_five_languages_english_first) {
  EXPECT_THAT(text_languages(), ElementsAre("en", "de", "es", "fr", "sv"));
}

TEST(Texts, have_the_same_keys_and_variables_in_all_languages) {
  const auto english = texts_of("en");
  ASSERT_GT(english.size(), 150u);

  for (const auto& language : text_languages()) {
    const auto translated = texts_of(language);
    for (const auto& [key, text] : english) {
      const auto at = translated.find(key);
      ASSERT_NE(at, translated.end()) << language << " lacks " << key;
      EXPECT_EQ(variables_of(at->second), variables_of(text)) << language << key;
      EXPECT_FALSE(at->second.empty()) << language << key;
      EXPECT_EQ(at->second.find('<'), std::string::npos) << language << key << ": texts are plain";
    }
    EXPECT_EQ(translated.size(), english.size()) << language << " has keys that English lacks";
  }
}

TEST(Texts, are_translated_and_not_left_in_english) {
  const auto english = texts_of("en");

  for (const auto& language : text_languages()) {
    if (language == "en") continue;
    int same = 0;
    for (const auto& [key, text] : texts_of(language)) same += text == english.at(key) ? 1 : 0;
    EXPECT_LE(same, 8) << language;  // "Error", "${n} s", "1 minute" are alike by nature
  }
}

TEST(Texts, find_the_language_of_a_tag) {
  EXPECT_EQ(text_language("de-AT"), "de");
  EXPECT_EQ(text_language("SV"), "sv");
  EXPECT_EQ(text_language("pt-BR"), "en");
  EXPECT_EQ(text_language(""), "en");
  EXPECT_EQ(Texts("de-AT").locale(), "de-AT");
  EXPECT_EQ(Texts("ar").locale(), "en");
}

TEST(Texts, prefer_the_tenants_own_words) {
  const json::object overrides = {
      {"de", {{"login", {{"login", {{"title", "Servus bei ${clientName}"}, {"buttonText", 7}}}}}}},
      {"de-AT", {{"login", {{"login", {{"footerText", "Griaß di"}}}}}}},
      {"ar", {{"login", {{"login", {{"title", "مرحبا"}}}}}}}};

  const Texts texts("de-AT", &overrides);

  EXPECT_EQ(texts.text("login", "login", "title", {{"clientName", "Alm"}}), "Servus bei Alm");
  EXPECT_EQ(texts.text("login", "login", "footerText"), "Griaß di");
  EXPECT_EQ(texts.text("login", "login", "buttonText"), "Weiter") << "a wrong type is passed over";
  EXPECT_EQ(texts.screen("login", "login").at("passwordPlaceholder"), "Passwort");
  EXPECT_EQ(Texts("de", &overrides).text("login", "login", "footerText"), "Neu hier?");
  EXPECT_EQ(Texts("ar", &overrides).locale(), "ar");
  EXPECT_EQ(Texts("ar", &overrides).text("login", "login", "buttonText"), "Continue");
}

TEST(Texts, know_nothing_of_unknown_keys) {
  EXPECT_EQ(Texts("en").text("login", "login", "nonsense"), "");
  EXPECT_EQ(Texts("en").text("nonsense", "login", "title"), "");
  EXPECT_TRUE(Texts("en").screen("login", "nonsense").empty());
}

TEST(FillText, replaces_each_variable_once) {
  EXPECT_EQ(fill_text("Hello ${name}!", {{"name", "Ada"}}), "Hello Ada!");
  EXPECT_EQ(fill_text("${a}${b}", {{"a", "${b}"}, {"b", "x"}}), "${b}x") << "values are not searched";
  EXPECT_EQ(fill_text("[${unknown}]", {}), "[]");
  EXPECT_EQ(fill_text("$5 ${ ${} ${a b} ${open", {{"a", "x"}}), "$5 ${ ${} ${a b} ${open");
  EXPECT_EQ(fill_text("", {}), "");
}

}  // namespace
}  // namespace cardea::base
