#pragma once

#include "oauth/authorization_code.h"
#include "oauth/grant.h"
#include "store/one_time.h"
#include "store/refresh_families.h"

namespace cardea::oauth {

// grant_type=authorization_code (RFC 6749 §4.1.3, RFC 7636 §4.5). A code works once; using it a second time revokes the
// refresh family that the first use gave (§4.1.2). A wrong client, redirect_uri or verifier does not use it up.
class AuthorizationCodeGrant final : public Grant {
 public:
  // All must outlive the grant.
  AuthorizationCodeGrant(const AuthorizationCodes& codes, store::Consumptions& consumptions,
                         store::RefreshFamilies& families);

  std::string_view type() const override { return "authorization_code"; }
  Events events() const override { return {"seacft", "feacft", "Authorization Code for Access Token"}; }
  base::Result<Entitlement, Refusal> examine(const TokenRequest& request) override;
  bool records() const override { return true; }
  base::Result<Recorded> record_in(store::Transaction& transaction, const TokenRequest& request,
                                   const Entitlement& entitlement, const model::RefreshFamily* opened) override;

 private:
  const AuthorizationCodes& codes_;
  store::Consumptions& consumptions_;
  store::RefreshFamilies& families_;
};

}  // namespace cardea::oauth
