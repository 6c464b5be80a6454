// Tokens that are genuine somewhere and must be worth nothing elsewhere.
#include <gtest/gtest.h>

#include "tests/oauth/oauth_fixture.h"

namespace cardea::oauth {
namespace {

class TokenConfusionTest : public OauthTest {
 protected:
  // As somebody makes it who knows the secret of the API.
  std::string forged(base::json::array audience, base::json::object more = {}) {
    const auto now = base::to_seconds(clock.now());
    base::json::object claims{{"iss", context().address.issuer},
                              {"sub", ada().user_id.value},
                              {"aud", std::move(audience)},
                              {"iat", now},
                              {"exp", now + 600},
                              {"scope", "openid email"}};
    for (const auto& claim : more) claims[claim.key()] = claim.value();
    const auto key = crypto::HmacKey::from_bytes(kSecret);
    return crypto::sign_compact({{"typ", "JWT"}}, base::json::serialize(claims), *key).value();
  }
};

TEST_F(TokenConfusionTest, TheSecretOfAnApiOpensThatApiAlone) {
  change_api({{"signing_alg", "HS256"}, {"signing_secret", kSecret}});
  const auto issuer = context().address.issuer;
  const auto management = issuer + "api/v2/", userinfo = issuer + "userinfo";

  EXPECT_TRUE(access_tokens.verify(context(), forged({kApi}), kApi));
  EXPECT_TRUE(access_tokens.verify(context(), forged({kApi, userinfo}), kApi));
  EXPECT_FALSE(access_tokens.verify(context(), forged({kApi, userinfo}), userinfo));
  EXPECT_FALSE(access_tokens.verify(context(), forged({kApi, management}, {{"scope", "delete:users"}}), management));
}

TEST_F(TokenConfusionTest, AnApiWithAKeyOfTheTenantTakesNoSharedSecret) {
  EXPECT_FALSE(access_tokens.verify(context(), forged({kApi}), kApi));
}

TEST_F(TokenConfusionTest, AnIdTokenIsNoAccessToken) {
  const auto answer = tokens(exchange(code(code_content())));
  ASSERT_TRUE(answer);

  EXPECT_FALSE(access_tokens.verify_any(context(), text(*answer, "id_token")));
}

TEST_F(TokenConfusionTest, EachRsaAlgorithmHasAKeyOfItsOwn) {
  change_api({{"signing_alg", "RS256"}});
  const auto first = tokens(machine_request());
  change_api({{"signing_alg", "PS256"}});

  const auto second = tokens(machine_request());

  ASSERT_TRUE(first && second);
  const auto rs256 = crypto::parse_compact(text(*first, "access_token"));
  const auto ps256 = crypto::parse_compact(text(*second, "access_token"));
  EXPECT_EQ(ps256->header.alg, "PS256");
  EXPECT_NE(ps256->header.kid, rs256->header.kid);
  EXPECT_TRUE(access_tokens.verify(context(), text(*second, "access_token"), kApi));
}

}  // namespace
}  // namespace cardea::oauth
