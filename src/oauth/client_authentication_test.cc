#include "oauth/client_authentication.h"

#include <gtest/gtest.h>

#include "crypto/jwk.h"
#include "tests/oauth/oauth_fixture.h"

namespace cardea::oauth {
namespace {

constexpr std::string_view kAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

class ClientAuthenticationTest : public OauthTest {
 protected:
  std::string outcome(Params parameters, const std::string& authorization = {}) {
    const auto held = context();
    const Parameters given(std::move(parameters));
    const auto client = run(clients.authenticate(held, given, authorization));
    return client ? (*client)->client_id.value : std::string(to_string(client.error().code));
  }
  static std::string basic(std::string_view pair) { return "Basic " + base::base64_encode(pair); }
  static std::string web_pair() { return std::string(kWeb) + ":" + std::string(kSecret); }
};

TEST_F(ClientAuthenticationTest, HeaderAndBodyAreOneAndTheSame) {
  EXPECT_EQ(outcome(web_credentials()), kWeb);
  EXPECT_EQ(outcome({}, basic(web_pair())), kWeb);
  EXPECT_EQ(outcome({}, "basic   " + base::base64_encode(web_pair())), kWeb);
  EXPECT_EQ(outcome({{"client_id", std::string(kWeb)}}, basic(web_pair())), kWeb);
}

TEST_F(ClientAuthenticationTest, EncodedAndPlainSecretsWorkInTheHeader) {
  change_client(kWeb, {{"client_secret", "a secret+of%more than 32 characters:yes"}});

  EXPECT_EQ(outcome({}, basic("web:a secret+of%more than 32 characters:yes")), kWeb);
  EXPECT_EQ(outcome({}, basic("web:a+secret%2Bof%25more+than+32+characters%3Ayes")), kWeb);
}

TEST_F(ClientAuthenticationTest, WrongOrMissingProofIsInvalidClient) {
  const std::vector<std::pair<Params, std::string>> cases{
      {{}, ""},
      {{{"client_id", "nobody"}, {"client_secret", "x"}}, ""},
      {{{"client_id", std::string(kWeb)}}, ""},
      {{{"client_id", std::string(kWeb)}, {"client_secret", "wrong"}}, ""},
      {{{"client_id", std::string(kSpa)}, {"client_secret", std::string(5000, 'x')}}, ""},
      {{}, "Basic !!!"},
      {{}, "Basic"},
      {{}, basic("web")},
      {{}, basic(":x")},
      {{}, basic("web:")},
      {{}, basic("web:%zz")},
      {{}, "Basic " + std::string(10'000, 'A')},
      {{}, "Bearer abc"},
      {{{"client_id", std::string(1000, 'c')}}, ""},
      {{{"client_assertion_type", std::string(kAssertionType)}, {"client_assertion", "a.b.c"}}, ""},
  };
  for (const auto& [parameters, authorization] : cases)
    EXPECT_EQ(outcome(parameters, authorization), "invalid_client") << authorization;
}

TEST_F(ClientAuthenticationTest, TwoIdsOrTwoProofsAreInvalidRequests) {
  EXPECT_EQ(outcome({{"client_id", std::string(kSpa)}}, basic(web_pair())), "invalid_request");
  EXPECT_EQ(outcome(web_credentials(), basic(web_pair())), "invalid_request");
  EXPECT_EQ(outcome(with(web_credentials(),
                         {{"client_assertion_type", std::string(kAssertionType)}, {"client_assertion", "a.b.c"}})),
            "invalid_request");
  EXPECT_EQ(outcome({{"client_assertion_type", "other"}, {"client_assertion", "a.b.c"}}), "invalid_request");
}

TEST_F(ClientAuthenticationTest, APublicClientNeedsNoProof) {
  EXPECT_EQ(outcome({{"client_id", std::string(kSpa)}}), kSpa);
}

class AssertionTest : public ClientAuthenticationTest {
 protected:
  AssertionTest() {
    add(store::Kind::client, {{"client_id", "jwt"},
                              {"name", "JWT"},
                              {"client_secret", kSecret},
                              {"app_type", "non_interactive"},
                              {"grant_types", {"client_credentials"}},
                              {"client_authentication_methods",
                               {{"private_key_jwt",
                                 {{"credentials",
                                   {{{"credential_type", "public_key"},
                                     {"kid", "k1"},
                                     {"alg", "RS256"},
                                     {"pem", key().public_key().to_pem()}}}}}}}}});
  }
  static const crypto::PrivateKey& key() {
    static const auto made = crypto::PrivateKey::generate(crypto::SigningAlgorithm::rs256);
    return *made;
  }
  static const crypto::PrivateKey& other_key() {
    static const auto made = crypto::PrivateKey::generate(crypto::SigningAlgorithm::rs256);
    return *made;
  }
  base::json::object claims(const base::json::object& more = {}) {
    const auto now = base::to_seconds(clock.now());
    base::json::object all{{"iss", "jwt"},    {"sub", "jwt"}, {"aud", context().address.issuer},
                           {"exp", now + 60}, {"iat", now},   {"jti", "j" + std::to_string(++count_)}};
    for (const auto& claim : more) {
      if (claim.value().is_null())
        all.erase(claim.key());
      else
        all[claim.key()] = claim.value();
    }
    return all;
  }
  std::string sign(const base::json::object& payload, const crypto::PrivateKey& with = key(),
                   crypto::SigningAlgorithm algorithm = crypto::SigningAlgorithm::rs256, std::string_view kid = "k1") {
    return *crypto::sign_compact({{"kid", kid}}, base::json::serialize(payload), with, algorithm);
  }
  std::string use(const std::string& assertion, const std::string& client_id = {}) {
    Params parameters{{"client_assertion_type", std::string(kAssertionType)}, {"client_assertion", assertion}};
    if (!client_id.empty()) parameters.emplace_back("client_id", client_id);
    return outcome(std::move(parameters));
  }

 private:
  int count_ = 0;
};

TEST_F(AssertionTest, ASignedAssertionProvesTheClientOnce) {
  const auto assertion = sign(claims());

  EXPECT_EQ(use(assertion), "jwt");
  EXPECT_EQ(use(assertion), "invalid_client") << "used before";
  EXPECT_EQ(use(sign(claims()), "jwt"), "jwt");
  EXPECT_EQ(use(sign(claims({{"aud", context().address.issuer + "oauth/token"}}))), "jwt");
  EXPECT_EQ(use(sign(claims({{"aud", {"x", context().address.issuer}}}))), "jwt");
}

TEST_F(AssertionTest, WhatIsNotFreshForUsAndByTheRightKeyIsRefused) {
  const auto now = base::to_seconds(clock.now());
  const std::pair<const char*, std::string> cases[] = {
      {"another key", sign(claims(), other_key())},
      {"another algorithm", sign(claims(), key(), crypto::SigningAlgorithm::ps256)},
      {"unknown kid", sign(claims(), key(), crypto::SigningAlgorithm::rs256, "k2")},
      {"another audience", sign(claims({{"aud", "https://else/"}}))},
      {"audience without slash", sign(claims({{"aud", "https://acme.id.example.com:8443"}}))},
      {"another issuer", sign(claims({{"iss", "web"}}))},
      {"another subject", sign(claims({{"sub", "web"}}))},
      {"expired", sign(claims({{"exp", now - 11}}))},
      {"no expiry", sign(claims({{"exp", nullptr}}))},
      {"too far ahead", sign(claims({{"exp", now + 4000}}))},
      {"not yet valid", sign(claims({{"nbf", now + 60}}))},
      {"from the future", sign(claims({{"iat", now + 60}}))},
      {"no jti", sign(claims({{"jti", nullptr}}))},
      {"endless jti", sign(claims({{"jti", std::string(300, 'j')}}))},
      {"HMAC with the secret",
       *crypto::sign_compact({}, base::json::serialize(claims()), *crypto::HmacKey::from_bytes(kSecret))},
      {"HMAC with the public key", *crypto::sign_compact({}, base::json::serialize(claims()),
                                                         *crypto::HmacKey::from_bytes(key().public_key().to_pem()))},
      {"nonsense", "a.b.c"},
      {"endless", std::string(20'000, 'a')},
  };
  for (const auto& [name, assertion] : cases) EXPECT_EQ(use(assertion, "jwt"), "invalid_client") << name;
}

TEST_F(AssertionTest, ClocksMayDifferByTenSeconds) {
  const auto now = base::to_seconds(clock.now());

  EXPECT_EQ(use(sign(claims({{"exp", now - 9}}))), "jwt");
  EXPECT_EQ(use(sign(claims({{"nbf", now + 9}, {"iat", now + 9}}))), "jwt");
}

TEST_F(AssertionTest, WithPrivateKeyJwtASecretIsRefused) {
  EXPECT_EQ(outcome({{"client_id", "jwt"}, {"client_secret", std::string(kSecret)}}), "invalid_client");
  EXPECT_EQ(outcome({}, basic("jwt:" + std::string(kSecret))), "invalid_client");
}

TEST_F(AssertionTest, AClientWithASecretMaySignWithIt) {
  const auto payload = base::json::serialize(claims({{"iss", kWeb}, {"sub", kWeb}}));

  EXPECT_EQ(use(*crypto::sign_compact({}, payload, *crypto::HmacKey::from_bytes(kSecret))), kWeb);
  EXPECT_EQ(use(*crypto::sign_compact({}, base::json::serialize(claims({{"iss", kWeb}, {"sub", kWeb}})),
                                      *crypto::HmacKey::from_bytes(std::string(40, 'x')))),
            "invalid_client");
}

TEST_F(AssertionTest, AnExpiredCredentialProvesNothing) {
  change_client("jwt", {{"client_authentication_methods",
                         {{"private_key_jwt",
                           {{"credentials",
                             {{{"credential_type", "public_key"},
                               {"kid", "k1"},
                               {"alg", "RS256"},
                               {"pem", key().public_key().to_pem()},
                               {"expires_at", base::to_iso8601(clock.now() - std::chrono::hours(1))}}}}}}}}});

  EXPECT_EQ(use(sign(claims())), "invalid_client");
}

}  // namespace
}  // namespace cardea::oauth
