#include "model/client.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace cardea::model {
namespace {

using base::json::object;
using Strings = std::vector<std::string>;

object parse(std::string_view text) { return base::parse_json(text).value().as_object(); }
Client client(std::string_view text) { return client_from_document("row", parse(text)); }

TEST(ClientTest, an_empty_document_gives_every_default_of_the_reference) {
  const auto c = client("{}");

  EXPECT_EQ(c.row_id, "row");
  EXPECT_EQ(c.authentication, ClientAuthentication::secret);
  EXPECT_EQ(c.grant_types, (Strings{"authorization_code", "implicit", "refresh_token", "client_credentials"}));
  EXPECT_TRUE(c.is_first_party);
  EXPECT_FALSE(c.is_global || c.oidc_conformant || c.sso_disabled || c.is_token_endpoint_ip_header_trusted);
  EXPECT_EQ(c.id_token_lifetime, std::chrono::seconds{36'000});
  EXPECT_EQ(c.id_token_alg, "RS256");
  EXPECT_EQ(c.refresh.rotation, RotationType::non_rotating);
  EXPECT_FALSE(c.refresh.expiring);
  EXPECT_EQ(c.refresh.leeway.count(), 0);
  EXPECT_EQ(c.refresh.lifetime.count(), 2'592'000);
  EXPECT_EQ(c.refresh.idle_lifetime.count(), 1'296'000);
  EXPECT_TRUE(c.refresh.infinite_lifetime && c.refresh.infinite_idle_lifetime);
  EXPECT_EQ(c.backchannel_logout_initiators, (Strings{"rp-logout", "idp-logout"}));
}

TEST(ClientTest, values_of_the_wrong_type_count_as_absent) {
  const auto c = client(R"({"client_id":1,"name":{},"callbacks":"https://a","grant_types":"x","is_first_party":"no",
    "jwt_configuration":[],"refresh_token":7,"oidc_logout":"x","client_authentication_methods":[],"app_type":null,
    "web_origins":[1,"https://b",null],"token_endpoint_auth_method":false})");

  EXPECT_TRUE(c.client_id.empty());
  EXPECT_EQ(c.name, "");
  EXPECT_TRUE(c.callbacks.empty());
  EXPECT_EQ(c.web_origins, Strings{"https://b"});
  EXPECT_EQ(c.grant_types.size(), 4U);
  EXPECT_TRUE(c.is_first_party);
  EXPECT_EQ(c.authentication, ClientAuthentication::secret);
  EXPECT_EQ(c.id_token_lifetime.count(), 36'000);
}

TEST(ClientTest, authentication_follows_the_method_then_the_type_and_fails_closed) {
  const struct {
    std::string_view document;
    ClientAuthentication expected;
  } cases[] = {
      {R"({"app_type":"spa"})", ClientAuthentication::none},
      {R"({"app_type":"native"})", ClientAuthentication::none},
      {R"({"app_type":"regular_web"})", ClientAuthentication::secret},
      {R"({"app_type":"non_interactive"})", ClientAuthentication::secret},
      {R"({"app_type":"spa","token_endpoint_auth_method":"client_secret_basic"})", ClientAuthentication::secret},
      {R"({"app_type":"regular_web","token_endpoint_auth_method":"none"})", ClientAuthentication::none},
      {R"({"app_type":"spa","token_endpoint_auth_method":"something_new"})", ClientAuthentication::secret},
      {R"({"token_endpoint_auth_method":"private_key_jwt"})", ClientAuthentication::private_key_jwt},
      {R"({"client_authentication_methods":{"private_key_jwt":{"credentials":[]}},"token_endpoint_auth_method":"none"})",
       ClientAuthentication::private_key_jwt},
      {R"({"client_authentication_methods":{"tls_client_auth":{}},"app_type":"spa"})",
       ClientAuthentication::private_key_jwt},
      {R"({"client_authentication_methods":{},"app_type":"spa"})", ClientAuthentication::none},
  };
  for (const auto& [document, expected] : cases) EXPECT_EQ(client(document).authentication, expected) << document;
}

TEST(ClientTest, a_public_client_has_no_client_credentials_by_default_and_no_secret) {
  const auto spa = client(R"({"app_type":"spa","client_secret":"left over"})");

  EXPECT_EQ(spa.grant_types, (Strings{"authorization_code", "implicit", "refresh_token"}));
  EXPECT_FALSE(spa.allows_grant("client_credentials"));
  EXPECT_EQ(spa.client_secret, "");
  EXPECT_TRUE(client(R"({"app_type":"spa","grant_types":[]})").grant_types.empty()) << "none given is not absent";
}

TEST(ClientTest, the_secret_is_a_member_and_never_in_the_document) {
  const auto c = client(R"({"client_secret":"s","custom":1})");

  EXPECT_EQ(c.client_secret, "s");
  EXPECT_FALSE(c.document.contains("client_secret"));
  EXPECT_TRUE(c.document.contains("custom"));
}

TEST(ClientTest, credentials_give_keys_with_what_is_said_about_them) {
  const auto c = client(R"({"client_authentication_methods":{"private_key_jwt":{"credentials":[
    {"id":"cred_1","kid":"k1","alg":"RS384","expires_at":"2030-01-01T00:00:00.000Z","jwk":{"kty":"RSA","n":"n","e":"AQAB"}},
    {"id":"cred_2","pem":"-----BEGIN PUBLIC KEY-----"},
    {"id":"cred_3","jwk":{"kty":"EC","kid":"own"},"kid":"other"},
    {"id":"cred_4"}, "x", null]}}})");

  ASSERT_EQ(c.public_jwks.size(), 3U);
  EXPECT_EQ(c.public_jwks[0], parse(R"({"kty":"RSA","n":"n","e":"AQAB","kid":"k1","alg":"RS384",
    "expires_at":"2030-01-01T00:00:00.000Z"})"));
  EXPECT_EQ(c.public_jwks[1], parse(R"({"pem":"-----BEGIN PUBLIC KEY-----"})"));
  EXPECT_EQ(base::get_string_or(c.public_jwks[2], "kid"), "own");
}

TEST(ClientTest, refresh_policies_are_read_with_their_dependencies) {
  const struct {
    std::string_view document;
    RotationType rotation;
    bool expiring, infinite, infinite_idle;
    std::int64_t leeway, lifetime, idle;
  } cases[] = {
      {R"({"rotation_type":"rotating"})", RotationType::rotating, true, false, false, 0, 2'592'000, 1'296'000},
      {R"({"rotation_type":"rotating","expiration_type":"non-expiring","leeway":30})", RotationType::rotating, true,
       false, false, 30, 2'592'000, 1'296'000},
      {R"({"rotation_type":"rotating","infinite_token_lifetime":true,"idle_token_lifetime":60})",
       RotationType::rotating, true, true, false, 0, 2'592'000, 60},
      {R"({"expiration_type":"expiring","token_lifetime":100,"infinite_idle_token_lifetime":true})",
       RotationType::non_rotating, true, false, true, 0, 100, 1'296'000},
      {R"({"expiration_type":"non-expiring","infinite_token_lifetime":false,"token_lifetime":5})",
       RotationType::non_rotating, false, true, true, 0, 5, 1'296'000},
      {R"({"rotation_type":"rotating","leeway":-1,"token_lifetime":0,"idle_token_lifetime":157788001})",
       RotationType::rotating, true, false, false, 0, 2'592'000, 1'296'000},
  };
  for (const auto& test : cases) {
    const auto policy = client("{\"refresh_token\":" + std::string(test.document) + "}").refresh;
    EXPECT_EQ(policy.rotation, test.rotation) << test.document;
    EXPECT_EQ(policy.expiring, test.expiring) << test.document;
    EXPECT_EQ(policy.infinite_lifetime, test.infinite) << test.document;
    EXPECT_EQ(policy.infinite_idle_lifetime, test.infinite_idle) << test.document;
    EXPECT_EQ(policy.leeway.count(), test.leeway) << test.document;
    EXPECT_EQ(policy.lifetime.count(), test.lifetime) << test.document;
    EXPECT_EQ(policy.idle_lifetime.count(), test.idle) << test.document;
  }
}

TEST(ClientTest, id_tokens_take_only_algorithms_that_we_sign_with) {
  for (const auto* alg : {"RS256", "RS512", "PS256", "ES256", "HS256"})
    EXPECT_EQ(client_from_document("", {{"jwt_configuration", object{{"alg", alg}}}}).id_token_alg, alg);
  for (const auto* alg : {"none", "RS1", "", "hs256"})
    EXPECT_EQ(client_from_document("", {{"jwt_configuration", object{{"alg", alg}}}}).id_token_alg, "RS256") << alg;
  EXPECT_EQ(client(R"({"jwt_configuration":{"lifetime_in_seconds":60}})").id_token_lifetime.count(), 60);
  EXPECT_EQ(client(R"({"jwt_configuration":{"lifetime_in_seconds":-60}})").id_token_lifetime.count(), 36'000);
}

TEST(ClientTest, backchannel_logout_has_an_older_name_and_two_modes) {
  const auto older = client(R"({"oidc_backchannel_logout":{"backchannel_logout_urls":["https://a"]}})");
  EXPECT_EQ(older.backchannel_logout_urls, Strings{"https://a"});

  const auto custom = client(R"({"oidc_logout":{"backchannel_logout_urls":["https://b"],"backchannel_logout_initiators":
    {"mode":"custom","selected_initiators":["password-changed","rp-logout"]}}})");
  EXPECT_EQ(custom.backchannel_logout_urls, Strings{"https://b"});
  EXPECT_EQ(custom.backchannel_logout_initiators, (Strings{"rp-logout", "idp-logout", "password-changed"}));

  const auto all = client(R"({"oidc_logout":{"backchannel_logout_initiators":{"mode":"all"}}})");
  EXPECT_EQ(all.backchannel_logout_initiators.size(), 9U);
  EXPECT_NE(std::ranges::find(all.backchannel_logout_initiators, "account-deleted"),
            all.backchannel_logout_initiators.end());
}

}  // namespace
}  // namespace cardea::model
