#include "oauth/token_minting.h"

#include "base/base64.h"
#include "crypto/digest.h"
#include "oauth/claims_writer.h"
#include "oauth/custom_claims.h"
#include "oauth/signer_choice.h"
#include "oauth/userinfo_claims.h"

namespace cardea::oauth {
namespace {

using model::TokenDialect;
using std::chrono::seconds;

constexpr seconds kOpaqueLifetime{86'400};
constexpr seconds kFrontChannelLifetime{7'200};

bool is_rfc9068(const model::ResourceServer& api) {
  return api.dialect == TokenDialect::rfc9068_profile || api.dialect == TokenDialect::rfc9068_profile_authz;
}

bool shows_permissions(const model::ResourceServer& api) {
  return api.enforce_policies &&
         (api.dialect == TokenDialect::access_token_authz || api.dialect == TokenDialect::rfc9068_profile_authz);
}

seconds lifetime_of(const TokenSubject& subject) {
  const auto* api = subject.access.api;
  if (!subject.from_front_channel) return api ? api->token_lifetime : kOpaqueLifetime;
  if (!api) return kFrontChannelLifetime;
  const auto web = base::get_int_or(api->document, "token_lifetime_for_web", kFrontChannelLifetime.count());
  return std::min(api->token_lifetime, seconds(std::max<std::int64_t>(web, 1)));
}

std::string subject_of(const TokenSubject& subject) {
  return subject.user ? subject.user->user_id.value : subject.client.client_id.value + "@clients";
}

const identity::TenantSnapshot& keys_of(const identity::RequestContext& context, const TokenSubject& subject) {
  return subject.keys ? *subject.keys : *context.tenant;
}

// The tenant's own APIs take no names of the tenant's choice.
bool namespaced_only(const TokenSubject& subject) { return subject.access.api && subject.access.api->is_system; }

}  // namespace

std::string half_hash(std::string_view text, crypto::SigningAlgorithm algorithm) {
  std::string digest;
  switch (algorithm) {
    case crypto::SigningAlgorithm::rs256:
    case crypto::SigningAlgorithm::ps256:
    case crypto::SigningAlgorithm::es256:
    case crypto::SigningAlgorithm::hs256:
      digest = crypto::sha256(text);
      break;
    case crypto::SigningAlgorithm::rs384:
    case crypto::SigningAlgorithm::es384:
      digest = crypto::sha384(text);
      break;
    case crypto::SigningAlgorithm::rs512:
    case crypto::SigningAlgorithm::eddsa:
      digest = crypto::sha512(text);
      break;
  }
  return base::base64url_encode(std::string_view(digest).substr(0, digest.size() / 2));
}

TokenMinting::TokenMinting(const store::Artifacts& artifacts, base::Random& random, const base::Clock& clock)
    : artifacts_(artifacts), random_(random), clock_(clock) {}

std::string TokenMinting::access_claims(const identity::RequestContext& context, const TokenSubject& subject,
                                        seconds lifetime) const {
  const auto& api = *subject.access.api;
  const auto now = base::to_seconds(clock_.now());
  ClaimsWriter claims(640);
  claims.text("iss", context.address.issuer);
  claims.text("sub", subject_of(subject));
  // A secret that the API shares proves nothing to /userinfo.
  if (subject.user && has_scope(subject.access.scopes, "openid") && api.signing_alg != "HS256")
    claims.texts("aud", {api.identifier, context.address.issuer + "userinfo"});
  else
    claims.text("aud", api.identifier);
  claims.number("iat", now);
  claims.number("exp", now + lifetime.count());
  if (!subject.access.scopes.empty()) claims.text("scope", join_scopes(subject.access.scopes));
  if (is_rfc9068(api)) {
    claims.text("client_id", subject.client.client_id.view());
    claims.text("jti", base::random_alphanumeric(random_, 22));
    // RFC 9068 §2.2.1: of the login, when the user took part in one.
    if (subject.user && subject.say_auth_time) claims.number("auth_time", base::to_seconds(subject.auth_time));
  } else {
    claims.text("azp", subject.client.client_id.view());
    if (!subject.gty.empty()) claims.text("gty", subject.gty);
  }
  if (shows_permissions(api)) claims.texts("permissions", subject.permissions);
  for (const auto& claim :
       permitted_claims(subject.custom.access_token, subject.access.scopes, namespaced_only(subject)))
    claims.value(claim.key(), claim.value());
  return std::move(claims).finish();
}

base::Result<AccessToken> TokenMinting::access_token(const identity::RequestContext& context,
                                                     const TokenSubject& subject) const {
  AccessToken token;
  token.lifetime = lifetime_of(subject);
  if (!subject.access.api) {
    base::json::object body{{"sub", subject_of(subject)},
                            {"client_id", subject.client.client_id.value},
                            {"scope", join_scopes(subject.access.scopes)},
                            {"iat", base::to_seconds(clock_.now())}};
    token.text = artifacts_.seal(context.tenant->tenant.id, kOpaquePurpose, body, clock_.now() + token.lifetime);
    return token;
  }
  const auto& api = *subject.access.api;
  const auto signer =
      choose_signer(keys_of(context, subject), api.signing_alg, is_rfc9068(api) ? "at+jwt" : "JWT", api.signing_secret);
  if (!signer) return base::pass_on(signer);
  auto text = signer->signer().sign(access_claims(context, subject, token.lifetime));
  if (!text) return base::pass_on(text);
  token.text = std::move(*text);
  return token;
}

base::Result<std::string> TokenMinting::id_token(const identity::RequestContext& context, const TokenSubject& subject,
                                                 std::string_view access_token, std::string_view code) const {
  const auto& client = subject.client;
  const auto signer = choose_signer(keys_of(context, subject), client.id_token_alg, "JWT", client.client_secret);
  if (!signer) return base::pass_on(signer);
  const auto algorithm = signer->signer().algorithm();
  const auto now = base::to_seconds(clock_.now());

  ClaimsWriter claims(1024);
  claims.text("iss", context.address.issuer);
  claims.text("sub", subject.user->user_id.view());
  claims.text("aud", client.client_id.view());
  claims.number("iat", now);
  claims.number("exp", now + client.id_token_lifetime.count());
  if (!subject.session.empty()) claims.text("sid", subject.session.view());
  if (!subject.nonce.empty()) claims.text("nonce", subject.nonce);
  if (subject.say_auth_time) claims.number("auth_time", base::to_seconds(subject.auth_time));
  if (!subject.amr.empty()) claims.texts("amr", subject.amr);
  if (!access_token.empty()) claims.text("at_hash", half_hash(access_token, algorithm));
  if (!code.empty()) claims.text("c_hash", half_hash(code, algorithm));

  const auto custom = permitted_claims(subject.custom.id_token, subject.access.scopes, false);
  claims.pass_over(&custom);
  write_user_claims(claims, *subject.user, subject.access.scopes);
  claims.pass_over(nullptr);
  for (const auto& claim : custom) claims.value(claim.key(), claim.value());
  return signer->signer().sign(std::move(claims).finish());
}

}  // namespace cardea::oauth
