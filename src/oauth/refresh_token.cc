#include "oauth/refresh_token.h"

#include "base/ulid.h"
#include "oauth/scopes.h"

namespace cardea::oauth {
namespace {

constexpr std::string_view kPurpose = "refresh_tokens";

}  // namespace

RefreshTokens::RefreshTokens(const store::Artifacts& artifacts, base::Random& random, const base::Clock& clock)
    : artifacts_(artifacts), random_(random), clock_(clock) {}

model::RefreshFamily RefreshTokens::new_family(const model::Client& client, model::CellNumber home) const {
  const auto now = clock_.now();
  model::RefreshFamily family;
  family.id = model::FamilyId{base::new_ulid(now, random_)};
  family.client = client.client_id;
  family.created_at = family.last_used_at = now;
  if (!client.refresh.infinite_lifetime) family.expires_at = now + client.refresh.lifetime;
  if (!client.refresh.infinite_idle_lifetime) family.idle_expires_at = now + client.refresh.idle_lifetime;
  family.home = home;
  return family;
}

std::string RefreshTokens::issue(const model::TenantId& tenant, const model::RefreshFamily& family,
                                 model::Generation generation) const {
  base::json::object body{{"f", family.id.value},
                          {"h", family.home_epoch},
                          {"g", generation},
                          {"c", family.client.value},
                          {"u", family.user.value},
                          {"s", family.session.value},
                          {"p", join_scopes(family.scope)},
                          {"t", base::to_millis(family.auth_time)}};
  if (!family.audience.empty()) body["a"] = family.audience;
  return artifacts_.seal(tenant, kPurpose, body, family.expires_at);
}

base::Result<RefreshToken> RefreshTokens::open(const model::TenantId& tenant, std::string_view text) const {
  const auto content = artifacts_.open(tenant, kPurpose, text);
  if (!content) return base::pass_on(content);
  const auto& body = content->body;
  RefreshToken token;
  token.family = model::FamilyId{base::get_string_or(body, "f")};
  token.home_epoch = static_cast<std::uint32_t>(base::get_int_or(body, "h", 1));
  token.generation = static_cast<model::Generation>(base::get_int_or(body, "g", 0));
  token.client = model::ClientId{base::get_string_or(body, "c")};
  token.user = model::UserKey{base::get_string_or(body, "u")};
  token.session = model::SessionId{base::get_string_or(body, "s")};
  token.audience = base::get_string_or(body, "a");
  token.scope = parse_scopes(base::get_string_or(body, "p")).value_or(Scopes{});
  token.auth_time = base::from_millis(base::get_int_or(body, "t", 0));
  token.minted_by = content->home;
  token.expires_at = content->expires_at;
  return token;
}

model::RefreshFamily RefreshTokens::claimed_family(const RefreshToken& token, const model::Client& client,
                                                   const model::User& user) const {
  auto family = new_family(client, token.minted_by);
  family.id = token.family;
  family.user = user.key;
  family.user_id = user.user_id;
  family.session = token.session;
  family.audience = token.audience;
  family.scope = token.scope;
  family.auth_time = token.auth_time;
  family.home_epoch = token.home_epoch;
  family.expires_at = token.expires_at;  // it never moves
  return family;
}

}  // namespace cardea::oauth
