#include "oauth/introspection.h"

namespace cardea::oauth {
namespace {

base::json::object inactive() { return {{"active", false}}; }

base::json::object describe(const identity::RequestContext& context, const AccessClaims& claims) {
  base::json::object answer{{"active", true},
                            {"iss", context.address.issuer},
                            {"sub", claims.subject},
                            {"client_id", claims.client_id},
                            {"token_type", "Bearer"},
                            {"iat", base::to_seconds(claims.issued_at)},
                            {"exp", base::to_seconds(claims.expires_at)}};
  answer["aud"] = claims.audience.size() == 1 ? base::json::value(claims.audience.front())
                                              : base::json::value(base::to_json_array(claims.audience));
  if (!claims.scopes.empty()) answer["scope"] = join_scopes(claims.scopes);
  for (const auto name : {"permissions", "jti", "gty"})
    if (const auto* value = claims.all.if_contains(name)) answer[name] = *value;
  return answer;
}

// Without rotation any generation that was given out is good; with it only the newest.
bool is_current(const model::RefreshFamily& family, const RefreshToken& token, base::Time now) {
  const auto past = [&](base::Time end) { return end != base::Time{} && now >= end; };
  return !family.revoked && !past(family.expires_at) && !past(family.idle_expires_at) &&
         token.generation >= family.generation;
}

}  // namespace

Introspection::Introspection(const AccessTokenVerification& access_tokens, const RefreshTokens& refresh_tokens,
                             store::RefreshFamilies& families, const base::Clock& clock)
    : access_tokens_(access_tokens), refresh_tokens_(refresh_tokens), families_(families), clock_(clock) {}

base::awaitable<base::Result<base::json::object, Refusal>> Introspection::introspect(identity::RequestContext context,
                                                                                     const model::Client& client,
                                                                                     std::string token) {
  if (auto refresh = refresh_tokens_.open(context.tenant->tenant.id, token)) {
    if (refresh->client != client.client_id) co_return inactive();
    co_return co_await refresh_token(std::move(context), std::move(*refresh));
  }
  const auto claims = access_tokens_.verify_any(context, token);
  if (!claims) co_return inactive();
  co_return describe(context, *claims);
}

base::awaitable<base::Result<base::json::object, Refusal>> Introspection::refresh_token(
    identity::RequestContext context, RefreshToken token) {
  const auto family = co_await families_.find(context.tenant->tenant.id, token.family);
  if (!family && family.error().code != base::Errc::not_found) co_return std::unexpected(refusal_of(family.error()));
  if (!family || !is_current(*family, token, clock_.now())) co_return inactive();
  base::json::object answer{{"active", true},
                            {"iss", context.address.issuer},
                            {"sub", family->user_id.value},
                            {"client_id", token.client.value},
                            {"token_type", "refresh_token"},
                            {"iat", base::to_seconds(family->created_at)}};
  if (!family->audience.empty()) answer["aud"] = family->audience;
  if (!family->scope.empty()) answer["scope"] = join_scopes(family->scope);
  if (family->expires_at != base::Time{}) answer["exp"] = base::to_seconds(family->expires_at);
  co_return answer;
}

}  // namespace cardea::oauth
