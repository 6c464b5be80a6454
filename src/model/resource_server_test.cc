#include "model/resource_server.h"

#include <gtest/gtest.h>

namespace cardea::model {
namespace {

using base::json::object;

object parse(std::string_view text) { return base::parse_json(text).value().as_object(); }
ResourceServer api(std::string_view text) { return resource_server_from_document("row", parse(text)); }

TEST(ResourceServerTest, an_empty_document_gives_every_default_of_the_reference) {
  for (const auto* text : {"{}", R"({"scopes":"x","signing_alg":"none","token_lifetime":"long","token_dialect":"new",
                                    "enforce_policies":"yes","subject_type_authorization":[]})"}) {
    const auto a = api(text);
    EXPECT_EQ(a.signing_alg, "RS256") << text;
    EXPECT_EQ(a.token_lifetime.count(), 86'400) << text;
    EXPECT_EQ(a.dialect, TokenDialect::access_token) << text;
    EXPECT_TRUE(a.scopes.empty()) << text;
    EXPECT_FALSE(a.allow_offline_access || a.enforce_policies || a.is_system ||
                 a.skip_consent_for_verifiable_first_party_clients)
        << text;
    EXPECT_FALSE(a.user_access_denied || a.user_access_needs_grant || a.client_access_denied) << text;
  }
}

TEST(ResourceServerTest, everything_that_is_given_is_read) {
  const auto a = api(R"({"id":"i","identifier":"https://api","name":"n","signing_alg":"HS256","signing_secret":"s",
    "token_lifetime":0,"allow_offline_access":true,"skip_consent_for_verifiable_first_party_clients":true,
    "enforce_policies":true,"token_dialect":"rfc9068_profile_authz","is_system":true,
    "scopes":[{"value":"read:x","description":"d"},{"value":"write:x"},{"value":""},{},"x"],
    "subject_type_authorization":{"user":{"policy":"require_client_grant"},"client":{"policy":"deny_all"}}})");

  EXPECT_EQ(a.identifier, "https://api");
  EXPECT_EQ(a.signing_alg, "HS256");
  EXPECT_EQ(a.signing_secret, "s");
  EXPECT_FALSE(a.document.contains("signing_secret"));
  EXPECT_EQ(a.token_lifetime.count(), 0);
  EXPECT_TRUE(a.allow_offline_access && a.enforce_policies && a.is_system &&
              a.skip_consent_for_verifiable_first_party_clients);
  EXPECT_EQ(a.dialect, TokenDialect::rfc9068_profile_authz);
  ASSERT_EQ(a.scopes.size(), 2U);
  EXPECT_EQ(a.scopes[0].description, "d");
  EXPECT_TRUE(a.has_scope("write:x"));
  EXPECT_FALSE(a.has_scope("read"));
  EXPECT_TRUE(a.user_access_needs_grant && a.client_access_denied);
  EXPECT_FALSE(a.user_access_denied);
  EXPECT_TRUE(api(R"({"subject_type_authorization":{"user":{"policy":"deny_all"}}})").user_access_denied);
}

TEST(ResourceServerTest, a_lifetime_out_of_range_is_the_default) {
  for (const auto* lifetime : {"-1", "2592001", "1e300", "null"})
    EXPECT_EQ(api("{\"token_lifetime\":" + std::string(lifetime) + "}").token_lifetime.count(), 86'400) << lifetime;
  EXPECT_EQ(api(R"({"token_lifetime":2592000})").token_lifetime.count(), 2'592'000);
}

TEST(ClientGrantTest, the_subject_is_the_client_unless_it_is_said_otherwise) {
  const auto grant = client_grant_from_document(
      "row", parse(R"({"id":"cgr_1","client_id":"c","audience":"a","scope":["x","y"],"allow_all_scopes":true})"));

  EXPECT_EQ(grant.row_id, "row");
  EXPECT_EQ(grant.id, "cgr_1");
  EXPECT_EQ(grant.client_id.value, "c");
  EXPECT_EQ(grant.audience, "a");
  EXPECT_EQ(grant.scope, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(grant.subject_type, "client");
  EXPECT_TRUE(grant.allow_all_scopes);
  EXPECT_EQ(client_grant_from_document("", parse(R"({"subject_type":"user"})")).subject_type, "user");
}

}  // namespace
}  // namespace cardea::model
