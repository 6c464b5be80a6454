#include "oauth/discovery.h"

#include <gtest/gtest.h>

namespace cardea::oauth {
namespace {

identity::RequestContext context_of(identity::TenantPtr tenant, std::string issuer) {
  identity::RequestContext context;
  context.tenant = std::move(tenant);
  context.address.issuer = std::move(issuer);
  return context;
}

TEST(Discovery, TheDocumentIsAsPublished) {
  const auto* golden = R"({
    "issuer": "https://id.example.com/",
    "authorization_endpoint": "https://id.example.com/authorize",
    "token_endpoint": "https://id.example.com/oauth/token",
    "userinfo_endpoint": "https://id.example.com/userinfo",
    "jwks_uri": "https://id.example.com/.well-known/jwks.json",
    "revocation_endpoint": "https://id.example.com/oauth/revoke",
    "introspection_endpoint": "https://id.example.com/oauth/introspect",
    "end_session_endpoint": "https://id.example.com/oidc/logout",
    "token_endpoint_auth_methods_supported": ["client_secret_basic","client_secret_post","private_key_jwt","client_secret_jwt","none"],
    "token_endpoint_auth_signing_alg_values_supported": ["RS256","RS384","PS256","HS256"],
    "revocation_endpoint_auth_methods_supported": ["client_secret_basic","client_secret_post","private_key_jwt","client_secret_jwt","none"],
    "revocation_endpoint_auth_signing_alg_values_supported": ["RS256","RS384","PS256","HS256"],
    "introspection_endpoint_auth_methods_supported": ["client_secret_basic","client_secret_post","private_key_jwt","client_secret_jwt"],
    "introspection_endpoint_auth_signing_alg_values_supported": ["RS256","RS384","PS256","HS256"],
    "scopes_supported": ["openid","profile","offline_access","name","given_name","family_name","nickname","email","email_verified","picture","created_at","identities","phone","address"],
    "response_types_supported": ["code","token","id_token","code token","code id_token","token id_token","code token id_token"],
    "response_modes_supported": ["query","fragment","form_post","web_message"],
    "grant_types_supported": ["authorization_code","implicit","refresh_token","client_credentials","password","http://auth0.com/oauth/grant-type/password-realm"],
    "code_challenge_methods_supported": ["S256","plain"],
    "prompt_values_supported": ["none","login","consent","select_account"],
    "subject_types_supported": ["public"],
    "id_token_signing_alg_values_supported": ["HS256","RS256","PS256","RS512","ES256"],
    "claims_supported": ["aud","auth_time","created_at","email","email_verified","exp","family_name","given_name","iat","identities","iss","name","nickname","phone_number","picture","sid","sub"],
    "request_parameter_supported": false,
    "request_uri_parameter_supported": false,
    "claims_parameter_supported": false,
    "backchannel_logout_supported": true,
    "backchannel_logout_session_supported": true,
    "authorization_response_iss_parameter_supported": true
  })";

  EXPECT_EQ(base::json::value(discovery_metadata(model::Tenant{}, "https://id.example.com/")),
            *base::parse_json(golden));
}

TEST(Discovery, SettingsOfTheTenantShow) {
  model::Tenant tenant;
  tenant.rp_logout_discovery = false;
  tenant.authorization_response_iss = false;

  const auto metadata = discovery_metadata(tenant, "https://id.example.com/");

  EXPECT_FALSE(metadata.contains("end_session_endpoint"));
  EXPECT_EQ(metadata.at("authorization_response_iss_parameter_supported"), false);
}

TEST(Discovery, ADocumentIsMadeOncePerSnapshotAndIssuer) {
  DiscoveryDocuments documents(2);
  auto first = std::make_shared<const identity::TenantSnapshot>();
  const auto text = documents.document(context_of(first, "https://a/"));

  EXPECT_EQ(documents.document(context_of(first, "https://a/")), text);
  EXPECT_NE(*documents.document(context_of(first, "https://b/")), *text);
  auto changed = std::make_shared<identity::TenantSnapshot>();
  changed->tenant.rp_logout_discovery = false;
  EXPECT_NE(*documents.document(context_of(changed, "https://a/")), *text);
  for (const auto* issuer : {"https://c/", "https://d/", "https://e/"})
    EXPECT_NE(documents.document(context_of(first, issuer))->find(issuer), std::string::npos);
}

}  // namespace
}  // namespace cardea::oauth
