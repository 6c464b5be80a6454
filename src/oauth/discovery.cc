#include "oauth/discovery.h"

#include <mutex>

#include "oauth/scopes.h"

namespace cardea::oauth {
namespace {

using base::json::array;

array scopes_supported() {
  array scopes;
  for (const auto& scope : identity_scopes()) scopes.emplace_back(scope);
  return scopes;
}

void add_endpoints(base::json::object& metadata, const model::Tenant& tenant, const std::string& issuer) {
  metadata["authorization_endpoint"] = issuer + "authorize";
  metadata["token_endpoint"] = issuer + "oauth/token";
  metadata["userinfo_endpoint"] = issuer + "userinfo";
  metadata["jwks_uri"] = issuer + ".well-known/jwks.json";
  metadata["revocation_endpoint"] = issuer + "oauth/revoke";
  metadata["introspection_endpoint"] = issuer + "oauth/introspect";
  if (tenant.rp_logout_discovery) metadata["end_session_endpoint"] = issuer + "oidc/logout";
}

void add_client_authentication(base::json::object& metadata) {
  const array methods{"client_secret_basic", "client_secret_post", "private_key_jwt", "client_secret_jwt", "none"};
  const array algorithms{"RS256", "RS384", "PS256", "HS256"};
  metadata["token_endpoint_auth_methods_supported"] = methods;
  metadata["token_endpoint_auth_signing_alg_values_supported"] = algorithms;
  metadata["revocation_endpoint_auth_methods_supported"] = methods;
  metadata["revocation_endpoint_auth_signing_alg_values_supported"] = algorithms;
  metadata["introspection_endpoint_auth_methods_supported"] =
      array{"client_secret_basic", "client_secret_post", "private_key_jwt", "client_secret_jwt"};
  metadata["introspection_endpoint_auth_signing_alg_values_supported"] = algorithms;
}

}  // namespace

base::json::object discovery_metadata(const model::Tenant& tenant, std::string_view issuer_text) {
  const std::string issuer(issuer_text);
  base::json::object metadata{{"issuer", issuer}};
  add_endpoints(metadata, tenant, issuer);
  add_client_authentication(metadata);
  metadata["scopes_supported"] = scopes_supported();
  metadata["response_types_supported"] =
      array{"code", "token", "id_token", "code token", "code id_token", "token id_token", "code token id_token"};
  metadata["response_modes_supported"] = array{"query", "fragment", "form_post", "web_message"};
  metadata["grant_types_supported"] =
      array{"authorization_code", "implicit", "refresh_token",
            "client_credentials", "password", "http://auth0.com/oauth/grant-type/password-realm"};
  metadata["code_challenge_methods_supported"] = array{"S256", "plain"};
  metadata["prompt_values_supported"] = array{"none", "login", "consent", "select_account"};
  metadata["subject_types_supported"] = array{"public"};
  metadata["id_token_signing_alg_values_supported"] = array{"HS256", "RS256", "PS256", "RS512", "ES256"};
  metadata["claims_supported"] =
      array{"aud",        "auth_time", "created_at", "email", "email_verified", "exp",      "family_name",
            "given_name", "iat",       "identities", "iss",   "name",           "nickname", "phone_number",
            "picture",    "sid",       "sub"};
  metadata["request_parameter_supported"] = false;
  metadata["request_uri_parameter_supported"] = false;
  metadata["claims_parameter_supported"] = false;
  metadata["backchannel_logout_supported"] = true;
  metadata["backchannel_logout_session_supported"] = true;
  metadata["authorization_response_iss_parameter_supported"] = tenant.authorization_response_iss;
  return metadata;
}

std::shared_ptr<const std::string> DiscoveryDocuments::document(const identity::RequestContext& context) {
  {
    std::shared_lock lock(mutex_);
    const auto found = by_issuer_.find(context.address.issuer);
    // A locked weak pointer keeps an address from being taken for that of an older snapshot.
    if (found != by_issuer_.end() && found->second.snapshot.lock() == context.tenant) return found->second.text;
  }
  auto text = std::make_shared<const std::string>(
      base::json::serialize(discovery_metadata(context.tenant->tenant, context.address.issuer)));
  std::unique_lock lock(mutex_);
  if (by_issuer_.size() >= max_documents_) by_issuer_.clear();
  by_issuer_[context.address.issuer] = {context.tenant, text};
  return text;
}

}  // namespace cardea::oauth
