#include <gtest/gtest.h>

#include "api/manage/resource.h"
#include "api/manage/users.h"

namespace cardea::api {
namespace {

using base::json::object;

ManagementToken token_with(std::set<std::string, std::less<>> scopes) {
  return {std::move(scopes), "client", "client@clients"};
}

TEST(MemberScopes, ASecretIsChangedOnlyByWhoMayChangeKeys) {
  const auto clients = clients_resource();
  const object secret{{"client_secret", "0123456789abcdef0123456789abcdef"}};
  const object credentials{{"client_authentication_methods", object{}}};

  const auto refused = check_member_scopes(clients, token_with({"update:clients"}), secret);

  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 403);
  EXPECT_EQ(refused->code, "insufficient_scope");
  EXPECT_TRUE(check_member_scopes(clients, token_with({"update:clients"}), credentials));
  EXPECT_FALSE(check_member_scopes(clients, token_with({"update:client_keys"}), secret));
  EXPECT_FALSE(check_member_scopes(clients, token_with({"update:client_credentials"}), credentials));
}

TEST(MemberScopes, AScopeForSecretsOpensNothingElse) {
  const auto clients = clients_resource();
  const object callbacks{{"callbacks", base::json::array{"https://evil.example/"}}};

  EXPECT_TRUE(check_member_scopes(clients, token_with({"update:client_keys", "update:client_credentials"}), callbacks));
  EXPECT_FALSE(check_member_scopes(clients, token_with({"update:clients"}), callbacks));
}

TEST(MemberScopes, AppMetadataIsAllThatItsScopeOpens) {
  const auto narrow = token_with({"update:users_app_metadata"});

  EXPECT_FALSE(check_user_scopes(narrow, {{"app_metadata", object{{"plan", "gold"}}}}));
  for (const auto* member : {"password", "email", "email_verified", "blocked", "user_metadata", "name"})
    EXPECT_TRUE(check_user_scopes(narrow, {{"app_metadata", object{}}, {member, "x"}})) << member;
  EXPECT_FALSE(check_user_scopes(token_with({"update:users"}), {{"password", "x"}}));
}

TEST(SystemApi, KeepsWhoMayUseIt) {
  const auto apis = resource_servers_resource();
  const identity::TenantSnapshot tenant;
  const object open_to_all{{"user", object{{"policy", "allow_all"}}}};
  object changes{{"subject_type_authorization", open_to_all}};

  EXPECT_NE(apis.on_update(tenant, {{"is_system", true}}, changes), "");
  EXPECT_EQ(apis.on_update(tenant, {{"is_system", false}}, changes), "");
}

}  // namespace
}  // namespace cardea::api
