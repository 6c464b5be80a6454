#include "api/login/page_style.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/color.h"
#include "base/embedded_files.h"

namespace cardea::api {
namespace {

using base::contrast;
using testing::HasSubstr;
using testing::Not;

using Palette = std::map<std::string, base::Color>;

// The --name: #rrggbb; declarations of a piece of style sheet.
Palette palette_of(std::string_view css) {
  Palette palette;
  for (auto at = css.find("--"); at != std::string_view::npos; at = css.find("--", at + 2)) {
    const auto colon = css.find(':', at);
    const auto hash = css.find_first_not_of(' ', colon + 1);
    if (colon == std::string_view::npos || hash == std::string_view::npos) break;
    if (const auto color = base::parse_color(css.substr(hash, 7)))
      palette.emplace(css.substr(at + 2, colon - at - 2), *color);
  }
  return palette;
}

struct Schemes {
  Palette light, dark;
};

Schemes built_in_schemes() {
  const auto css = base::embedded_file("login/assets/login.css").value_or("");
  const auto dark = css.find("@media (prefers-color-scheme: dark)");
  const auto end = css.find("*, ::before");
  return {palette_of(css.substr(0, dark)), palette_of(css.substr(dark, end - dark))};
}

Schemes schemes_of_theme(std::string_view primary, std::string_view page) {
  const auto css = theme_css(theme_path(primary, page)).value_or("");
  const auto dark = css.find("@media (prefers-color-scheme:dark)");
  return {palette_of(std::string_view(css).substr(0, dark)), palette_of(std::string_view(css).substr(dark))};
}

TEST(PageStyle, is_readable_in_both_schemes) {
  const auto schemes = built_in_schemes();

  for (auto palette : {schemes.light, schemes.dark}) {
    for (const auto* text : {"text", "muted", "link", "bad", "good"})
      EXPECT_GE(contrast(palette.at(text), palette.at("card")), 4.5) << text;
    for (const auto* text : {"text", "muted", "good"})
      EXPECT_GE(contrast(palette.at(text), palette.at("quiet")), 4.5) << text;
    EXPECT_GE(contrast(palette.at("on-primary"), palette.at("primary")), 4.5);
    EXPECT_GE(contrast(palette.at("on-primary"), palette.at("primary-hover")), 4.5);
    EXPECT_GE(contrast(palette.at("bad"), palette.at("bad-back")), 4.5);
    EXPECT_GE(contrast(palette.at("good"), palette.at("good-back")), 4.5);
    EXPECT_GE(contrast(palette.at("on-page"), palette.at("page")), 4.5);
    EXPECT_GE(contrast(palette.at("edge"), palette.at("card")), 3.0) << "edges of inputs";
    EXPECT_GE(contrast(palette.at("primary-edge"), palette.at("card")), 3.0) << "the ring of the focus";
  }
}

TEST(PageStyle, keeps_every_tenants_colours_readable) {
  const auto built_in = built_in_schemes();

  for (const auto* primary :
       {"#ffd400", "#0a0a23", "#fff", "#000", "#ff0000", "#00ff00", "#777777", "#171a21", "#eb5424"})
    for (const auto* page : {"#fff", "#000", "#fdf6e3", "#808080", "#0a0a23"}) {
      const auto theme = schemes_of_theme(primary, page);
      for (const bool dark : {false, true}) {
        auto palette = dark ? theme.dark : theme.light;
        palette.merge(Palette(dark ? built_in.dark : built_in.light));
        EXPECT_GE(contrast(palette.at("on-primary"), palette.at("primary")), 4.5) << primary;
        EXPECT_GE(contrast(palette.at("on-primary"), palette.at("primary-hover")), 4.5) << primary;
        EXPECT_GE(contrast(palette.at("link"), palette.at("card")), 4.5) << primary;
        EXPECT_GE(contrast(palette.at("primary-edge"), palette.at("card")), 3.0) << primary;
        EXPECT_GE(contrast(palette.at("on-page"), palette.at("page")), 4.5) << page;
      }
    }
}

TEST(PageStyle, shows_the_primary_colour_as_it_was_chosen) {
  EXPECT_EQ(schemes_of_theme("#ffd400", "").light.at("primary"), *base::parse_color("#ffd400"));
  EXPECT_EQ(schemes_of_theme("#ffd400", "").dark.at("primary"), *base::parse_color("#ffd400"));
  EXPECT_NE(schemes_of_theme("#fff", "").light.at("primary"), base::kWhite) << "a white button on a white card";
}

TEST(PageStyle, keeps_a_light_page_out_of_the_dark_scheme) {
  EXPECT_FALSE(schemes_of_theme("", "#fdf6e3").dark.contains("page"));
  EXPECT_TRUE(schemes_of_theme("", "#fdf6e3").light.contains("page"));
  EXPECT_TRUE(schemes_of_theme("", "#0a0a23").dark.contains("page"));
}

TEST(ThemePath, carries_only_colours) {
  EXPECT_EQ(theme_path("#0059D6", "#f4f"), "/u/assets/theme-0059d6-ff44ff.css");
  EXPECT_EQ(theme_path("#0059d6", "red"), "/u/assets/theme-0059d6-none.css");
  EXPECT_EQ(theme_path("", "#000000"), "/u/assets/theme-none-000000.css");
  EXPECT_EQ(theme_path("", ""), "");
  EXPECT_EQ(theme_path("#fff}body{x:url(//evil)", "javascript:1"), "");
}

TEST(ThemeCss, answers_only_to_such_paths) {
  EXPECT_TRUE(theme_css("/u/assets/theme-0059d6-ff44ff.css"));
  EXPECT_TRUE(theme_css("/u/assets/theme-none-none.css"));

  for (const auto* path :
       {"", "/u/assets/theme-.css", "/u/assets/theme-.css-", "/u/assets/theme-fff-fff.css",
        "/u/assets/theme-0059D6-none.css", "/u/assets/theme-0059d6.css", "/u/assets/theme-0059d6-ff44ff-000000.css",
        "/u/assets/theme-0059d6-ff44fg.css", "/u/assets/theme-0059d6-ff44ff.css/", "/u/assets/theme-none-}body{}.css",
        "/u/assets/login.css"})
    EXPECT_FALSE(theme_css(path)) << path;
}

TEST(ThemeCss, holds_nothing_but_colours) {
  EXPECT_THAT(*theme_css("/u/assets/theme-0059d6-ff44ff.css"), testing::MatchesRegex("[-a-z0-9#:;{}() @\n]+"));
  EXPECT_THAT(*theme_css("/u/assets/theme-0059d6-ff44ff.css"), Not(HasSubstr("url")));
}

}  // namespace
}  // namespace cardea::api
