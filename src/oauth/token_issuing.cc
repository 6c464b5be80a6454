#include "oauth/token_issuing.h"

namespace cardea::oauth {

TokenIssuing::TokenIssuing(store::Users& users, ClaimsHook& hook, const TokenMinting& minting)
    : users_(users), hook_(hook), minting_(minting) {}

base::awaitable<base::Result<void, Refusal>> TokenIssuing::prepare(const identity::RequestContext& context,
                                                                   TokenSubject& subject, std::string_view grant) {
  if (subject.user && subject.user->blocked) co_return refuse(RefusalCode::unauthorized, "user is blocked");

  const auto* api = subject.access.api;
  if (subject.user && api && api->enforce_policies) {
    auto permissions =
        co_await users_.permissions(context.tenant->tenant.id, subject.user->key, api->identifier);
    if (!permissions) co_return std::unexpected(refusal_of(permissions.error()));
    subject.permissions = std::move(*permissions);
    narrow_to_permissions(subject.access, subject.permissions);
  }
  if (!subject.user) subject.permissions = subject.access.scopes;

  auto claims = co_await hook_.claims(
      ClaimsQuestion{context, subject.client, subject.user, api, subject.access.scopes, grant});
  if (!claims) co_return base::pass_on(claims);
  subject.custom = std::move(*claims);
  co_return base::Result<void, Refusal>{};
}

}  // namespace cardea::oauth
