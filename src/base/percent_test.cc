#include "base/percent.h"

#include <gtest/gtest.h>

namespace cardea::base {
namespace {

TEST(Percent, KeepsOnlyUnreservedCharacters) {
  EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(percent_encode("a b|c/d+é*"), "a%20b%7Cc%2Fd%2B%C3%A9%2A");
  EXPECT_EQ(percent_encode(std::string_view("\0\xff", 2)), "%00%FF");
}

TEST(Percent, DecodesOnlyWholeEscapes) {
  EXPECT_EQ(percent_decode("a%20b+c%7c%7C"), "a b+c||");
  EXPECT_EQ(percent_decode(""), "");
  for (const auto* bad : {"%", "%4", "a%", "%g0", "%0g", "%%41", "% 1"})
    EXPECT_EQ(percent_decode(bad), std::nullopt) << bad;
}

TEST(Percent, EveryByteSurvivesARoundTrip) {
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));

  EXPECT_EQ(percent_decode(percent_encode(all)), all);
}

TEST(Percent, FormEncodingWritesSpaceAsPlus) {
  EXPECT_EQ(form_encode("a b+c~*"), "a+b%2Bc%7E*");
  const QueryPair pairs[] = {{"code", "x y"}, {"state", "&="}};
  EXPECT_EQ(form_encode(pairs), "code=x+y&state=%26%3D");
}

TEST(Percent, AppendsBehindAnExistingQueryAndBeforeTheFragment) {
  EXPECT_EQ(append_query("https://a/cb", {{"code", "1"}}), "https://a/cb?code=1");
  EXPECT_EQ(append_query("https://a/cb?x=1", {{"code", "1"}}), "https://a/cb?x=1&code=1");
  EXPECT_EQ(append_query("https://a/cb?", {{"code", "1"}}), "https://a/cb?code=1");
  EXPECT_EQ(append_query("https://a/cb?x=1&", {{"code", "1"}}), "https://a/cb?x=1&code=1");
  EXPECT_EQ(append_query("https://a/cb#f?x", {{"code", "1"}}), "https://a/cb?code=1#f?x");
  EXPECT_EQ(append_query("https://a/cb?x=%41", {}), "https://a/cb?x=%41");
}

TEST(Percent, KnowsWellFormedUtf8) {
  for (const auto* good : {"", "a", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xED\x9F\xBF", "\xF4\x8F\xBF\xBF"})
    EXPECT_TRUE(is_utf8(good)) << good;
  for (const auto* bad : {"\x80", "\xC0\xAF", "\xC1\x81", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
                          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xFF", "a\xC3(b"})
    EXPECT_FALSE(is_utf8(bad)) << bad;
}

}  // namespace
}  // namespace cardea::base
