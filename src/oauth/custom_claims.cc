#include "oauth/custom_claims.h"

#include <algorithm>
#include <array>

#include "base/url.h"

namespace cardea::oauth {
namespace {

constexpr auto kReserved =
    std::to_array<std::string_view>({"acr",    "act",          "active",    "amr",       "at_hash",
                                     "ath",    "attest",       "aud",       "auth_time", "authorization_details",
                                     "azp",    "c_hash",       "client_id", "cnf",       "cty",
                                     "dest",   "entitlements", "events",    "exp",       "groups",
                                     "gty",    "htm",          "htu",       "iat",       "internalService",
                                     "iss",    "jcard",        "jku",       "jti",       "jwe",
                                     "jwk",    "kid",          "may_act",   "mky",       "nbf",
                                     "nonce",  "object_id",    "org_id",    "org_name",  "orig",
                                     "origid", "permissions",  "roles",     "rph",       "s_hash",
                                     "sid",    "sub",          "sub_jwk",   "toe",       "txn",
                                     "typ",    "uuid",         "vot",       "vtm",       "x5t#S256",
                                     "scope"});

// Claims of the specification that a scope stands for.
struct ProfileClaim {
  std::string_view name;
  std::string_view scope;
};
constexpr std::array kProfileClaims{ProfileClaim{"address", "address"},
                                    ProfileClaim{"birthdate", "profile"},
                                    ProfileClaim{"email", "email"},
                                    ProfileClaim{"email_verified", "email"},
                                    ProfileClaim{"family_name", "profile"},
                                    ProfileClaim{"gender", "profile"},
                                    ProfileClaim{"given_name", "profile"},
                                    ProfileClaim{"locale", "profile"},
                                    ProfileClaim{"middle_name", "profile"},
                                    ProfileClaim{"name", "profile"},
                                    ProfileClaim{"nickname", "profile"},
                                    ProfileClaim{"phone_number", "phone"},
                                    ProfileClaim{"phone_number_verified", "phone"},
                                    ProfileClaim{"picture", "profile"},
                                    ProfileClaim{"preferred_username", "profile"},
                                    ProfileClaim{"profile", "profile"},
                                    ProfileClaim{"updated_at", "profile"},
                                    ProfileClaim{"website", "profile"},
                                    ProfileClaim{"zoneinfo", "profile"}};

bool is_domain_or_below(std::string_view host, std::string_view domain) {
  return host == domain ||
         (host.size() > domain.size() && host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.');
}

bool is_platform_namespace(std::string_view name) {
  if (name.starts_with("urn:auth0")) return true;
  if (!is_namespaced(name)) return false;
  const auto url = base::Url::parse(name);
  if (!url) return false;
  return std::ranges::any_of(std::array<std::string_view, 3>{"auth0.com", "webtask.io", "webtask.run"},
                             [&](auto domain) { return is_domain_or_below(url->host, domain); });
}

}  // namespace

bool is_namespaced(std::string_view name) { return name.starts_with("https://") || name.starts_with("http://"); }

bool may_set_claim(std::string_view name, const Scopes& granted) {
  if (name.empty() || name.size() > 256 || name.starts_with("sip_")) return false;
  if (std::ranges::find(kReserved, name) != kReserved.end() || is_platform_namespace(name)) return false;
  const auto profile = std::ranges::find(kProfileClaims, name, &ProfileClaim::name);
  return profile == kProfileClaims.end() || has_scope(granted, profile->scope);
}

base::json::object permitted_claims(const base::json::object& claims, const Scopes& granted, bool namespaced_only) {
  base::json::object permitted;
  if (claims.empty() || base::json::serialize(claims).size() > kMaxCustomClaims) return permitted;
  for (const auto& claim : claims) {
    const std::string_view name = claim.key();
    if (may_set_claim(name, granted) && (!namespaced_only || is_namespaced(name))) permitted[name] = claim.value();
  }
  return permitted;
}

}  // namespace cardea::oauth
