#include "oauth/api_access.h"

#include <gtest/gtest.h>

namespace cardea::oauth {
namespace {

constexpr std::string_view kIssuer = "https://id.example.com/";

identity::TenantSnapshot snapshot() {
  identity::TenantSnapshot tenant;
  model::ResourceServer api;
  api.identifier = "https://api/";
  api.scopes = {{"read", ""}, {"write", ""}};
  tenant.resource_servers[api.identifier] = api;
  api.identifier = "https://other/";
  tenant.resource_servers[api.identifier] = api;
  model::ClientGrant grant;
  grant.client_id = model::ClientId{"app"};
  grant.audience = "https://api/";
  grant.scope = {"read"};
  grant.subject_type = "user";
  tenant.client_grants.push_back(grant);
  return tenant;
}

model::Client app() {
  model::Client client;
  client.client_id = model::ClientId{"app"};
  client.grant_types = {"refresh_token"};
  return client;
}

TEST(ApiAccess, GrantsWhatWasAskedForAndExists) {
  const auto tenant = snapshot();

  const auto access =
      access_of_user(tenant, kIssuer, app(), {.audience = "https://api/", .scopes = Scopes{"openid", "read", "fly"}});

  ASSERT_TRUE(access);
  EXPECT_EQ(access->audience(), "https://api/");
  EXPECT_EQ(access->scopes, (Scopes{"openid", "read"}));
}

TEST(ApiAccess, UserinfoBesideAnApiIsNoApiOfItsOwn) {
  const auto tenant = snapshot();

  EXPECT_EQ(
      access_of_user(tenant, kIssuer, app(), {.audience = "https://api/ https://id.example.com/userinfo"})->audience(),
      "https://api/");
  EXPECT_EQ(access_of_user(tenant, kIssuer, app(), {.audience = "https://id.example.com/userinfo"})->api, nullptr);
  EXPECT_FALSE(access_of_user(tenant, kIssuer, app(), {.audience = "https://api/ https://other/"}));
  EXPECT_FALSE(access_of_user(tenant, kIssuer, app(), {.audience = "https://evil/userinfo"}));
  EXPECT_FALSE(access_of_user(tenant, kIssuer, app(), {.audience = std::string(2000, 'a')}));
}

TEST(ApiAccess, TheDefaultAudienceCountsOnlyWhereNothingIsDecidedYet) {
  auto tenant = snapshot();
  tenant.tenant.default_audience = "https://api/";

  EXPECT_EQ(access_of_user(tenant, kIssuer, app(), {})->audience(), "https://api/");
  EXPECT_EQ(access_of_user(tenant, kIssuer, app(), {.bound = true})->audience(), "");
  EXPECT_EQ(access_of_user(tenant, kIssuer, app(), {.audience = "https://id.example.com/userinfo"})->audience(), "");
}

TEST(ApiAccess, TheApiMayKeepUsersOutOrAskForAGrant) {
  auto tenant = snapshot();
  tenant.resource_servers["https://api/"].user_access_needs_grant = true;
  tenant.resource_servers["https://other/"].user_access_needs_grant = true;

  const auto granted =
      access_of_user(tenant, kIssuer, app(), {.audience = "https://api/", .scopes = Scopes{"read", "write"}});
  ASSERT_TRUE(granted);
  EXPECT_EQ(granted->scopes, Scopes{"read"});
  EXPECT_FALSE(access_of_user(tenant, kIssuer, app(), {.audience = "https://other/"}));
  tenant.resource_servers["https://api/"].user_access_denied = true;
  EXPECT_FALSE(access_of_user(tenant, kIssuer, app(), {.audience = "https://api/"}));
}

TEST(ApiAccess, AGrantForUsersIsNoneForTheClientItself) {
  auto tenant = snapshot();
  EXPECT_FALSE(access_of_client(tenant, app(), {.audience = "https://api/"}));
  tenant.client_grants.front().subject_type = "client";
  EXPECT_TRUE(access_of_client(tenant, app(), {.audience = "https://api/"}));
  tenant.client_grants.front().allow_all_scopes = true;
  EXPECT_EQ(access_of_client(tenant, app(), {.audience = "https://api/"})->scopes, (Scopes{"read", "write"}));
  tenant.resource_servers["https://api/"].client_access_denied = true;
  EXPECT_FALSE(access_of_client(tenant, app(), {.audience = "https://api/"}));
}

TEST(ApiAccess, RbacLeavesIdentityScopesAlone) {
  model::ResourceServer api;
  api.enforce_policies = true;
  ApiAccess access{&api, {"openid", "read", "write", "offline_access"}};

  narrow_to_permissions(access, {"write"});

  EXPECT_EQ(access.scopes, (Scopes{"openid", "write", "offline_access"}));
}

TEST(ApiAccess, OfflineAccessNeedsAskingClientAndApi) {
  model::ResourceServer api;
  auto client = app();

  EXPECT_TRUE(offline_access_allowed({nullptr, {"offline_access"}}, client));
  EXPECT_FALSE(offline_access_allowed({nullptr, {"openid"}}, client));
  EXPECT_FALSE(offline_access_allowed({&api, {"offline_access"}}, client));
  api.allow_offline_access = true;
  EXPECT_TRUE(offline_access_allowed({&api, {"offline_access"}}, client));
  client.grant_types = {};
  EXPECT_FALSE(offline_access_allowed({&api, {"offline_access"}}, client));
}

}  // namespace
}  // namespace cardea::oauth
