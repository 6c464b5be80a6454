#include "oauth/logout_token.h"

#include "oauth/claims_writer.h"
#include "oauth/signer_choice.h"

namespace cardea::oauth {
namespace {

constexpr std::int64_t kLifetimeSeconds = 120;
constexpr std::string_view kEvent = "http://schemas.openid.net/event/backchannel-logout";

}  // namespace

base::Result<std::string> make_logout_token(const identity::TenantSnapshot& tenant, const base::json::object& job,
                                            base::Time now, base::Random& random) {
  const auto text = [&](std::string_view name) { return base::get_string_or(job, name); };
  for (const auto name : {"client_id", "sub", "sid", "issuer"})
    if (text(name).empty()) return base::fail(base::Errc::invalid, "logout job without " + std::string(name));
  const auto signer = choose_signer(tenant, "RS256", "JWT", {});
  if (!signer) return base::pass_on(signer);

  ClaimsWriter claims;
  claims.text("iss", text("issuer"));
  claims.text("sub", text("sub"));
  claims.text("aud", text("client_id"));
  claims.number("iat", base::to_seconds(now));
  claims.number("exp", base::to_seconds(now) + kLifetimeSeconds);
  claims.text("jti", base::random_alphanumeric(random, 22));
  claims.text("sid", text("sid"));
  claims.value("events", base::json::object{{kEvent, base::json::object{}}});
  if (const auto trace = text("request_id"); !trace.empty()) claims.text("trace_id", trace);
  return signer->signer().sign(std::move(claims).finish());
}

}  // namespace cardea::oauth
