#include "api/login/locale.h"

#include <gtest/gtest.h>

namespace cardea::api {
namespace {

const std::vector<std::string> kEnabled = {"en", "de", "fr-CA", "pt-BR", "zh-Hant"};

struct Case {
  const char* ui_locales;
  const char* cookie;
  const char* accept_language;
  const char* expected;
};

class ChooseLocale : public testing::TestWithParam<Case> {};

TEST_P(ChooseLocale, finds_the_language) {
  const auto& [ui_locales, cookie, accept_language, expected] = GetParam();
  EXPECT_EQ(choose_locale(ui_locales, cookie, accept_language, kEnabled), expected);
}

INSTANTIATE_TEST_SUITE_P(Table, ChooseLocale,
                         testing::Values(Case{"", "", "", "en"},                            //
                                         Case{"de", "fr-CA", "pt-BR", "de"},                // ui_locales before all
                                         Case{"xx de fr", "", "", "de"},                    // its first that is enabled
                                         Case{"xx  de", "", "", "de"},                      // two spaces
                                         Case{"xx", "fr-CA", "de", "fr-CA"},                // else the cookie
                                         Case{"", "xx", "de", "de"},                        // else the browser
                                         Case{"de-AT", "", "", "de"},                       // narrower than enabled
                                         Case{"de-Latn-AT-1996", "", "", "de"},             //
                                         Case{"pt", "", "", "pt-BR"},                       // wider than enabled
                                         Case{"pt-PT", "", "", "en"},                       // a sister is not the same
                                         Case{"zh-hant-TW", "", "", "zh-Hant"},             // case does not matter
                                         Case{"FR-ca", "", "", "fr-CA"},                    //
                                         Case{"d", "", "", "en"},                           // no prefix inside a subtag
                                         Case{"deu", "", "", "en"},                         //
                                         Case{"", "", "fr;q=0.5, de;q=0.8", "de"},          // q-values
                                         Case{"", "", "pt;q=0.8,de;q=0.8", "pt-BR"},        // equal: in their order
                                         Case{"", "", "de;q=0, pt", "pt-BR"},               // q=0 excludes
                                         Case{"", "", "xx, *;q=0.5, de;q=0.1", "en"},       // * is the default
                                         Case{"", "", "de ; q=0.9 , pt ; q=1.0", "pt-BR"},  // white space
                                         Case{"", "", "de;q=2, pt;q=abc, fr;q=0.1", "fr-CA"},  // malformed q
                                         Case{"", "", "de;Q=0.3;x=y, pt;q=0.2", "de"},         // parameters
                                         Case{"", "", ",,;q=1,;;,de", "de"},                   // rubbish between
                                         Case{"<script>", "../../etc", "\"de\"", "en"},        // malformed tags
                                         Case{"-de", "de-", "--", "en"},                       //
                                         Case{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "", "de", "de"}));

TEST(ChooseLocale, looks_at_no_more_than_32_tags) {
  std::string many;
  for (int i = 0; i < 40; ++i) many += "xx ";

  EXPECT_EQ(choose_locale(many + "de", "", "", kEnabled), "en");
}

TEST(ChooseLocale, offers_all_built_in_languages_when_none_are_chosen) {
  EXPECT_EQ(choose_locale("sv", "", "", {}), "sv");
  EXPECT_EQ(choose_locale("", "", "nb, xx;q=0.5", {}), "en");
}

TEST(RightToLeft, knows_languages_and_scripts) {
  for (const auto* tag : {"ar", "ar-EG", "he", "FA", "ur-PK", "yi", "az-Arab", "pa-arab-PK"})
    EXPECT_TRUE(is_right_to_left(tag)) << tag;
  for (const auto* tag : {"en", "de-AT", "ku-Latn", "ar-Latn", "", "sv", "zh-Hant"})
    EXPECT_FALSE(is_right_to_left(tag)) << tag;
}

}  // namespace
}  // namespace cardea::api
