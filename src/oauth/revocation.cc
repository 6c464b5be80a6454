#include "oauth/revocation.h"

#include "identity/audit.h"

namespace cardea::oauth {

Revocation::Revocation(store::Database& database, store::RefreshFamilies& families, const RefreshTokens& tokens)
    : database_(database), families_(families), tokens_(tokens) {}

base::awaitable<base::Result<void, Refusal>> Revocation::revoke(identity::RequestContext context,
                                                                const model::Client& client, std::string token) {
  const auto& tenant = context.tenant->tenant.id;
  const auto opened = tokens_.open(tenant, token);
  if (!opened || opened->client != client.client_id) co_return base::Result<void, Refusal>{};

  identity::AuditDetails details;
  details.client_id = client.client_id.value;
  details.client_name = client.name;
  details.description = "Refresh token revoked";
  details.audience = opened->audience;
  model::User owner;
  owner.key = opened->user;
  const auto claimed = tokens_.claimed_family(*opened, client, owner);
  const auto mark = co_await database_.write([&](store::Transaction& transaction) -> base::Result<void> {
    if (auto revoked = families_.revoke_claimed_in(transaction, tenant, claimed); !revoked) return revoked;
    if (context.tenant->tenant.revoke_refresh_token_grant) {
      auto all = families_.revoke_grant_in(transaction, tenant, opened->user, client.client_id, opened->audience);
      if (!all) return base::pass_on(all);
    }
    transaction.append_event(identity::make_event(context, "srrt", details, transaction.now()));
    return {};
  });
  if (!mark) co_return std::unexpected(refusal_of(mark.error()));
  co_return base::Result<void, Refusal>{};
}

}  // namespace cardea::oauth
