#include "model/tenant.h"

#include <gtest/gtest.h>

namespace cardea::model {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

Tenant tenant(std::string_view settings) {
  const auto text = R"({"id":"01T","name":"acme","domains":["a.com"],"settings":)" + std::string(settings) + "}";
  return tenant_from_document(base::parse_json(text).value().as_object());
}

TEST(TenantTest, no_settings_give_every_default_of_the_reference) {
  for (const auto* settings : {"{}", "null", R"({"flags":[],"session_cookie":1,"sessions":null,"enabled_locales":[],
                                              "oidc_logout":"x","session_lifetime":"long","support_email":5})"}) {
    const auto t = tenant(settings);
    EXPECT_EQ(t.id.value, "01T") << settings;
    EXPECT_EQ(t.domains, std::vector<std::string>{"a.com"}) << settings;
    EXPECT_EQ(t.enabled_locales, std::vector<std::string>{"en"}) << settings;
    EXPECT_EQ(t.session_lifetime, hours{168}) << settings;
    EXPECT_EQ(t.idle_session_lifetime, hours{72}) << settings;
    EXPECT_TRUE(t.persistent_session_cookie && t.rp_logout_discovery && t.oidc_logout_prompt_enabled &&
                t.authorization_response_iss)
        << settings;
    EXPECT_FALSE(t.revoke_refresh_token_grant || t.enable_public_signup_user_exists_error) << settings;
    EXPECT_EQ(t.support_email, "") << settings;
  }
}

TEST(TenantTest, lifetimes_are_in_hours_unless_minutes_are_given) {
  const struct {
    std::string_view settings;
    base::Duration session, idle;
  } cases[] = {
      {R"({"session_lifetime":1,"idle_session_lifetime":0.5})", hours{1}, minutes{30}},
      {R"({"session_lifetime":1,"session_lifetime_in_minutes":5})", minutes{5}, hours{72}},
      {R"({"idle_session_lifetime_in_minutes":7})", hours{168}, minutes{7}},
      {R"({"session_lifetime":0,"idle_session_lifetime":-1})", hours{168}, hours{72}},
      {R"({"session_lifetime":1e300})", hours{10 * 366 * 24}, hours{72}},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(tenant(test.settings).session_lifetime, test.session) << test.settings;
    EXPECT_EQ(tenant(test.settings).idle_session_lifetime, test.idle) << test.settings;
  }
}

TEST(TenantTest, nested_settings_are_read) {
  const auto t = tenant(R"({"session_cookie":{"mode":"non-persistent"},"sessions":{"oidc_logout_prompt_enabled":false},
    "oidc_logout":{"rp_logout_end_session_endpoint_discovery":false},"enabled_locales":["sv","en"],
    "authorization_response_iss_parameter_supported":false,"default_audience":"https://api",
    "flags":{"revoke_refresh_token_grant":true,"enable_public_signup_user_exists_error":true}})");

  EXPECT_FALSE(t.persistent_session_cookie || t.rp_logout_discovery || t.oidc_logout_prompt_enabled ||
               t.authorization_response_iss);
  EXPECT_TRUE(t.revoke_refresh_token_grant && t.enable_public_signup_user_exists_error);
  EXPECT_EQ(t.enabled_locales.front(), "sv");
  EXPECT_EQ(t.default_audience, "https://api");
  EXPECT_TRUE(t.settings.contains("flags"));
}

}  // namespace
}  // namespace cardea::model
