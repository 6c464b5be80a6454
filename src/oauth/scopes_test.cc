#include "oauth/scopes.h"

#include <gtest/gtest.h>

namespace cardea::oauth {
namespace {

TEST(Scopes, AreSplitAtSpacesWithoutRepetition) {
  EXPECT_EQ(parse_scopes("openid  email openid "), (Scopes{"openid", "email"}));
  EXPECT_EQ(parse_scopes(""), Scopes{});
  EXPECT_EQ(join_scopes({"a", "b"}), "a b");
}

TEST(Scopes, RefuseWhatNoScopeTokenMayHold) {
  for (const auto* text : {"a\"b", "a\\b", "a\tb", "a\nb", "\x7f", "\xc3\xa9"})
    EXPECT_FALSE(parse_scopes(text)) << text;
  EXPECT_FALSE(parse_scopes(std::string(kMaxScopeText + 1, 'a')));
  EXPECT_TRUE(parse_scopes("!#$%&'()*+,-./:;<=>?@[]^_`{|}~"));
}

TEST(Scopes, IntersectInTheOrderAskedFor) {
  EXPECT_EQ(intersect({"c", "a", "x"}, {"a", "b", "c"}), (Scopes{"c", "a"}));
  EXPECT_TRUE(is_identity_scope("offline_access"));
  EXPECT_FALSE(is_identity_scope("read:users"));
}

}  // namespace
}  // namespace cardea::oauth
