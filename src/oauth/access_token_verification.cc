#include "oauth/access_token_verification.h"

#include <algorithm>

#include "crypto/jwt.h"
#include "oauth/token_minting.h"
#include "oauth/token_signature.h"

namespace cardea::oauth {
namespace {

constexpr std::size_t kMaxToken = 16 * 1024;

std::unexpected<Refusal> invalid_token() {
  return refuse(RefusalCode::invalid_token, "The access token is invalid or has expired");
}

std::vector<std::string> audience_of(const base::json::object& claims) {
  if (const auto single = base::get_string(claims, "aud")) return {std::string(*single)};
  return base::get_strings(claims, "aud");
}

// The API among the audiences; nullptr: it is not an access token of this tenant.
const model::ResourceServer* api_of(const identity::TenantSnapshot& tenant, const std::vector<std::string>& audience) {
  for (const auto& name : audience)
    if (const auto* api = tenant.resource_server(name)) return api;
  return nullptr;
}

bool genuine(const identity::TenantSnapshot& tenant, const crypto::ParsedJws& jws, const model::ResourceServer& api) {
  if (jws.header.alg == "HS256") return api.signing_alg == "HS256" && signed_by_secret(jws, api.signing_secret);
  return signed_by_tenant(tenant, jws);
}

bool is_access_token_type(std::string_view typ) {
  return typ == "JWT" || typ == "at+jwt" || typ == "application/at+jwt";
}

}  // namespace

AccessTokenVerification::AccessTokenVerification(const store::Artifacts& artifacts, const base::Clock& clock)
    : artifacts_(artifacts), clock_(clock) {}

base::Result<AccessClaims, Refusal> AccessTokenVerification::verify(const identity::RequestContext& context,
                                                                    std::string_view token,
                                                                    std::string_view audience) const {
  auto claims = verify_any(context, token);
  if (!claims) return claims;
  if (std::ranges::find(claims->audience, audience) == claims->audience.end()) return invalid_token();
  return claims;
}

base::Result<AccessClaims, Refusal> AccessTokenVerification::verify_any(const identity::RequestContext& context,
                                                                        std::string_view token) const {
  if (token.empty() || token.size() > kMaxToken) return invalid_token();
  return token.find('.') == std::string_view::npos ? verify_opaque(context, token) : verify_jwt(context, token);
}

base::Result<AccessClaims, Refusal> AccessTokenVerification::verify_opaque(const identity::RequestContext& context,
                                                                           std::string_view token) const {
  auto content = artifacts_.open(context.tenant->tenant.id, TokenMinting::kOpaquePurpose, token);
  if (!content) return invalid_token();
  AccessClaims claims;
  claims.subject = base::get_string_or(content->body, "sub");
  claims.client_id = base::get_string_or(content->body, "client_id");
  claims.audience = {context.address.issuer + "userinfo"};
  claims.scopes = parse_scopes(base::get_string_or(content->body, "scope")).value_or(Scopes{});
  claims.issued_at = base::from_seconds(base::get_int_or(content->body, "iat", 0));
  claims.expires_at = content->expires_at;
  claims.all = std::move(content->body);
  return claims;
}

base::Result<AccessClaims, Refusal> AccessTokenVerification::verify_jwt(const identity::RequestContext& context,
                                                                        std::string_view token) const {
  const auto jws = crypto::parse_compact(token, kMaxToken);
  if (!jws || !is_access_token_type(jws->header.typ)) return invalid_token();
  auto parsed = base::parse_json(jws->payload);
  if (!parsed || !parsed->is_object()) return invalid_token();

  AccessClaims claims;
  claims.all = std::move(parsed->get_object());
  claims.audience = audience_of(claims.all);
  const auto* api = api_of(*context.tenant, claims.audience);
  if (!api || !genuine(*context.tenant, *jws, *api)) return invalid_token();
  // Who knows the secret of an API speaks for that API alone, not for /userinfo or the Management API beside it.
  if (jws->header.alg == "HS256") claims.audience = {api->identifier};
  crypto::JwtExpectations expected;
  expected.issuer = context.address.issuer;
  expected.now = clock_.now();
  expected.leeway = std::chrono::seconds(5);  // another node of the cell may be a little ahead
  auto checked = crypto::check_claims(std::move(claims.all), expected);
  if (!checked) return invalid_token();
  claims.all = std::move(*checked);
  claims.subject = base::get_string_or(claims.all, "sub");
  claims.client_id = base::get_string_or(claims.all, "azp", base::get_string_or(claims.all, "client_id"));
  claims.scopes = parse_scopes(base::get_string_or(claims.all, "scope")).value_or(Scopes{});
  claims.issued_at = base::from_seconds(base::get_int_or(claims.all, "iat", 0));
  claims.expires_at = base::from_seconds(base::get_int_or(claims.all, "exp", 0));
  return claims;
}

}  // namespace cardea::oauth
