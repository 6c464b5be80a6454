#pragma once

#include "oauth/grant.h"
#include "oauth/refresh_token.h"
#include "store/refresh_families.h"

namespace cardea::oauth {

// grant_type=refresh_token (RFC 6749 §6, RFC 9700 §4.14). With rotation a token works once and its use returns the next
// one; the absolute end never moves. The token before the newest is taken again within the client's leeway; any other
// repetition revokes the whole family (log code ferrt).
class RefreshTokenGrant final : public Grant {
 public:
  // All must outlive the grant.
  RefreshTokenGrant(const RefreshTokens& tokens, store::RefreshFamilies& families);

  std::string_view type() const override { return "refresh_token"; }
  Events events() const override { return {"sertft", "fertft", "Successful Refresh Token exchange"}; }
  base::Result<Entitlement, Refusal> examine(const TokenRequest& request) override;
  // Of several cells, the home of the family uses the token, or has to be stood in for.
  base::awaitable<base::Result<void, Refusal>> authenticate(const TokenRequest& request,
                                                            Entitlement& entitlement) override;
  bool records() const override { return true; }
  base::Result<Recorded> record_in(store::Transaction& transaction, const TokenRequest& request,
                                   const Entitlement& entitlement, const model::RefreshFamily* opened) override;
  bool opens_family() const override { return false; }

 private:
  base::Result<Recorded> used_at_home(store::Transaction& transaction, const TokenRequest& request,
                                      const model::FamilyId& id, const base::json::object& state);

  const RefreshTokens& tokens_;
  store::RefreshFamilies& families_;
};

}  // namespace cardea::oauth
