#include "oauth/access_token_verification.h"

#include <gtest/gtest.h>

#include "crypto/jwk.h"
#include "oauth/id_token_hint.h"
#include "tests/oauth/oauth_fixture.h"

namespace cardea::oauth {
namespace {

class AccessTokenVerificationTest : public OauthTest {
 protected:
  std::string userinfo() { return context().address.issuer + "userinfo"; }
  base::json::object given() {
    const auto answer = tokens(exchange(code(code_content())));
    EXPECT_TRUE(answer);
    return answer.value_or(base::json::object());
  }
  bool good(const std::string& token, const std::string& audience) {
    return access_tokens.verify(context(), token, audience).has_value();
  }
  std::string forged(const base::json::object& header, const base::json::object& claims, std::string_view signature) {
    return base::base64url_encode(base::json::serialize(header)) + "." +
           base::base64url_encode(base::json::serialize(claims)) + "." + std::string(signature);
  }
};

TEST_F(AccessTokenVerificationTest, AGoodTokenSaysWhoseItIs) {
  const auto token = text(given(), "access_token");

  const auto claims = access_tokens.verify(context(), token, userinfo());

  ASSERT_TRUE(claims) << claims.error().description;
  EXPECT_EQ(claims->subject, ada().user_id.value);
  EXPECT_EQ(claims->client_id, kWeb);
  EXPECT_TRUE(has_scope(claims->scopes, "read:orders"));
  EXPECT_EQ(claims->expires_at, clock.now() + std::chrono::hours(24));
  EXPECT_TRUE(good(token, std::string(kApi)));
}

TEST_F(AccessTokenVerificationTest, EverythingElseIsInvalid) {
  const auto answer = given();
  const auto token = text(answer, "access_token");
  const auto parts = crypto::parse_compact(token);
  const auto signature = token.substr(token.rfind('.') + 1);
  auto other_sub = claims_of(token);
  other_sub["sub"] = "auth0|1";
  const auto stranger = *crypto::PrivateKey::generate(crypto::SigningAlgorithm::es256);
  const auto public_pem = context().tenant->keys.front().public_key.to_pem();
  const std::pair<const char*, std::string> cases[] = {
      {"empty", ""},
      {"nonsense", "nonsense"},
      {"dots", "..."},
      {"endless", std::string(20'000, 'a')},
      {"an ID token", text(answer, "id_token")},
      {"a refresh token", text(answer, "refresh_token")},
      {"a code", code(code_content())},
      {"another payload", forged(parts->header.all, other_sub, signature)},
      {"alg none", forged({{"alg", "none"}, {"typ", "JWT"}}, other_sub, "")},
      {"another key under our kid", *crypto::sign_compact(parts->header.all, base::json::serialize(other_sub), stranger,
                                                          crypto::SigningAlgorithm::es256)},
      {"HMAC with the public key",
       *crypto::sign_compact({{"kid", parts->header.kid}, {"typ", "JWT"}}, base::json::serialize(other_sub),
                             *crypto::HmacKey::from_bytes(public_pem))},
      {"unknown kid", *crypto::sign_compact({{"kid", "x"}, {"typ", "JWT"}}, base::json::serialize(other_sub), stranger,
                                            crypto::SigningAlgorithm::es256)},
  };
  for (const auto& [name, text] : cases) EXPECT_FALSE(good(text, userinfo())) << name;
}

TEST_F(AccessTokenVerificationTest, ATokenWithoutOpenidIsNotForUserinfo) {
  auto content = code_content();
  content.scopes = {"read:orders"};
  const auto answer = tokens(exchange(code(content)));
  ASSERT_TRUE(answer);

  EXPECT_FALSE(good(text(*answer, "access_token"), userinfo()));
  EXPECT_TRUE(good(text(*answer, "access_token"), std::string(kApi)));
}

TEST_F(AccessTokenVerificationTest, TokensExpireAndDoNotCrossTenantsOrIssuers) {
  const auto token = text(given(), "access_token");
  auto elsewhere = context();
  elsewhere.address.issuer = "https://other.example.com/";
  EXPECT_FALSE(access_tokens.verify(elsewhere, token, kApi));
  const auto other = make_tenant("other");
  auto foreign = context();
  foreign.tenant = must(run(directory.find(other)));
  EXPECT_FALSE(access_tokens.verify(foreign, token, kApi));

  clock.advance(std::chrono::hours(24) + std::chrono::seconds(6));
  EXPECT_FALSE(good(token, std::string(kApi)));
}

TEST_F(AccessTokenVerificationTest, ATokenOfARevokedKeyIsVoid) {
  const auto token = text(given(), "access_token");
  check(run(rotation.ensure(tenant_id, "acme", crypto::SigningAlgorithm::es256)));
  ASSERT_TRUE(run(rotation.rotate(tenant_id, "acme")));
  EXPECT_TRUE(good(token, std::string(kApi))) << "a retiring key still counts";

  ASSERT_TRUE(run(rotation.revoke(tenant_id, model::KeyId{"key-1"})));

  EXPECT_FALSE(good(token, std::string(kApi)));
}

TEST_F(AccessTokenVerificationTest, AnIdTokenHintMayHaveExpiredButNotBeForged) {
  const auto token = text(given(), "id_token");
  clock.advance(std::chrono::hours(1000));
  const auto held = context();

  const auto hint = read_id_token_hint(*held.tenant, held.address.issuer, token);

  ASSERT_TRUE(hint) << hint.error().reason;
  EXPECT_EQ(hint->client.value, kWeb);
  EXPECT_EQ(hint->user, ada().user_id);
  EXPECT_FALSE(hint->session.empty());
  auto forged_token = token;
  forged_token[token.size() / 2] = forged_token[token.size() / 2] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(read_id_token_hint(*held.tenant, held.address.issuer, forged_token));
  EXPECT_FALSE(read_id_token_hint(*held.tenant, "https://other/", token));
}

TEST_F(AccessTokenVerificationTest, AnHs256HintIsCheckedWithTheClientsSecret) {
  change_client(kWeb, {{"jwt_configuration", {{"alg", "HS256"}}}});
  const auto token = text(given(), "id_token");
  const auto held = context();

  EXPECT_TRUE(read_id_token_hint(*held.tenant, held.address.issuer, token));
  change_client(kWeb, {{"client_secret", std::string(40, 'z')}});
  const auto later = context();
  EXPECT_FALSE(read_id_token_hint(*later.tenant, later.address.issuer, token));
}

}  // namespace
}  // namespace cardea::oauth
