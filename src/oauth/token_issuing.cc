#include "oauth/token_issuing.h"

#include "oauth/signer_choice.h"

namespace cardea::oauth {

namespace {

// Algorithms that the tokens of this subject are signed with and the tenant has no key for.
std::vector<crypto::SigningAlgorithm> missing_keys(const identity::TenantSnapshot& tenant,
                                                   const TokenSubject& subject) {
  std::vector<crypto::SigningAlgorithm> missing;
  const auto need = [&](std::string_view alg) {
    const auto algorithm = crypto::parse_signing_algorithm(alg);
    if (algorithm && *algorithm != crypto::SigningAlgorithm::hs256 && !signer_of(tenant, *algorithm))
      missing.push_back(*algorithm);
  };
  if (subject.access.api) need(subject.access.api->signing_alg);
  if (subject.user) need(subject.client.id_token_alg);
  return missing;
}

}  // namespace

TokenIssuing::TokenIssuing(store::Users& users, ClaimsHook& hook, SigningKeySource& keys, const TokenMinting& minting)
    : users_(users), hook_(hook), keys_(keys), minting_(minting) {}

base::awaitable<base::Result<void, Refusal>> TokenIssuing::provide_keys(const identity::RequestContext& context,
                                                                        TokenSubject& subject) {
  for (const auto algorithm : missing_keys(*context.tenant, subject)) {
    auto keys = co_await keys_.with_signer(context.tenant->tenant.id, algorithm);
    if (!keys) co_return std::unexpected(refusal_of(keys.error()));
    subject.keys = std::move(*keys);
  }
  co_return base::Result<void, Refusal>{};
}

base::awaitable<base::Result<void, Refusal>> TokenIssuing::prepare(const identity::RequestContext& context,
                                                                   TokenSubject& subject, std::string_view grant) {
  if (subject.user && subject.user->blocked) co_return refuse(RefusalCode::unauthorized, "user is blocked");

  const auto* api = subject.access.api;
  if (subject.user && api && api->enforce_policies) {
    auto permissions = co_await users_.permissions(context.tenant->tenant.id, subject.user->key, api->identifier);
    if (!permissions) co_return std::unexpected(refusal_of(permissions.error()));
    subject.permissions = std::move(*permissions);
    narrow_to_permissions(subject.access, subject.permissions);
  }
  if (!subject.user) subject.permissions = subject.access.scopes;

  auto claims =
      co_await hook_.claims(ClaimsQuestion{context, subject.client, subject.user, api, subject.access.scopes, grant});
  if (!claims) co_return base::pass_on(claims);
  subject.custom = std::move(*claims);
  co_return co_await provide_keys(context, subject);
}

}  // namespace cardea::oauth
