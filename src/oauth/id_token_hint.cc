#include "oauth/id_token_hint.h"

#include "base/json.h"
#include "oauth/token_signature.h"

namespace cardea::oauth {
namespace {

constexpr std::size_t kMaxHint = 16 * 1024;

}  // namespace

base::Result<IdTokenHint> read_id_token_hint(const identity::TenantSnapshot& tenant, std::string_view issuer,
                                             std::string_view token) {
  const auto jws = crypto::parse_compact(token, kMaxHint);
  if (!jws) return base::pass_on(jws);
  const auto parsed = base::parse_json(jws->payload);
  if (!parsed || !parsed->is_object()) return base::fail(base::Errc::invalid, "id_token_hint without claims");
  const auto& claims = parsed->get_object();
  IdTokenHint hint{model::ClientId{base::get_string_or(claims, "aud")},
                   model::UserId{base::get_string_or(claims, "sub")},
                   model::SessionId{base::get_string_or(claims, "sid")}};
  const auto* client = tenant.client(hint.client.view());
  if (!client) return base::fail(base::Errc::denied, "id_token_hint of an unknown client");
  const bool genuine =
      jws->header.alg == "HS256" ? signed_by_secret(*jws, client->client_secret) : signed_by_tenant(tenant, *jws);
  if (!genuine) return base::fail(base::Errc::denied, "id_token_hint with a wrong signature");
  if (base::get_string_or(claims, "iss") != issuer)
    return base::fail(base::Errc::denied, "id_token_hint of another issuer");
  return hint;
}

}  // namespace cardea::oauth
