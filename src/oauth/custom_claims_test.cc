#include "oauth/custom_claims.h"

#include <gtest/gtest.h>

namespace cardea::oauth {
namespace {

TEST(CustomClaims, ReservedNamesAndPlatformNamespacesAreRefused) {
  for (const auto* name : {"sub", "iss", "aud", "exp", "scope", "permissions", "sip_x", "x5t#S256", "amr", "", "gty",
                           "https://auth0.com/x", "https://a.webtask.io/x", "http://webtask.run", "urn:auth0:x"})
    EXPECT_FALSE(may_set_claim(name, {"openid", "profile", "email"})) << name;
  for (const auto* name : {"https://example.com/roles", "department", "https://notauth0.com/x", "urn:example:x"})
    EXPECT_TRUE(may_set_claim(name, {})) << name;
}

TEST(CustomClaims, AProfileClaimNeedsItsScope) {
  EXPECT_FALSE(may_set_claim("nickname", {"email"}));
  EXPECT_TRUE(may_set_claim("nickname", {"profile"}));
  EXPECT_FALSE(may_set_claim("email", {"profile"}));
}

TEST(CustomClaims, OwnApisTakeNamespacedOnesOnlyAndTooManyAreAllDropped) {
  const base::json::object claims{{"plain", 1}, {"https://example.com/a", 2}, {"sub", "x"}};

  EXPECT_EQ(permitted_claims(claims, {}, false), (base::json::object{{"plain", 1}, {"https://example.com/a", 2}}));
  EXPECT_EQ(permitted_claims(claims, {}, true), (base::json::object{{"https://example.com/a", 2}}));
  EXPECT_TRUE(permitted_claims({{"big", std::string(kMaxCustomClaims, 'x')}, {"a", 1}}, {}, false).empty());
}

}  // namespace
}  // namespace cardea::oauth
