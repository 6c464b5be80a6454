#include "oauth/parameters.h"

#include <gtest/gtest.h>

namespace cardea::oauth {
namespace {

TEST(Parameters, AnEmptyValueCountsAsOmitted) {
  const Parameters parameters({{"a", ""}, {"b", "1"}});

  EXPECT_FALSE(parameters.has("a"));
  EXPECT_TRUE(parameters.has("b"));
  EXPECT_EQ(parameters.get("c"), "");
}

TEST(Parameters, RepetitionIsFoundAlsoOfUnknownNames) {
  EXPECT_EQ(Parameters({{"x", "1"}, {"y", "1"}, {"x", "1"}}).repeated(), "x");
  EXPECT_FALSE(Parameters({{"x", "1"}, {"y", "1"}}).repeated());
}

TEST(Parameters, OfJsonTakeTextsNumbersAndListsOfTexts) {
  const auto parameters = Parameters::from_json({{"text", "a"},
                                                 {"number", 5},
                                                 {"flag", true},
                                                 {"scope", {"a", "b"}},
                                                 {"mixed", {"a", 1}},
                                                 {"object", {{"a", 1}}},
                                                 {"null", nullptr}});

  EXPECT_EQ(parameters.get("text"), "a");
  EXPECT_EQ(parameters.get("number"), "5");
  EXPECT_EQ(parameters.get("flag"), "true");
  EXPECT_EQ(parameters.get("scope"), "a b");
  for (const auto* name : {"mixed", "object", "null"}) EXPECT_FALSE(parameters.has(name)) << name;
}

}  // namespace
}  // namespace cardea::oauth
