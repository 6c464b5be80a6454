#pragma once

#include "identity/password_login.h"
#include "oauth/grant.h"

namespace cardea::oauth {

// grant_type=password (RFC 6749 §4.3) at the tenant's default directory, and its extension
// "http://auth0.com/oauth/grant-type/password-realm", which names the connection. For trusted clients only: a client
// must list it. No session comes of it, and so no `sid`.
class PasswordGrant final : public Grant {
 public:
  static constexpr std::string_view kPassword = "password";
  static constexpr std::string_view kPasswordRealm = "http://auth0.com/oauth/grant-type/password-realm";

  // `type` is one of the above; the rest must outlive the grant.
  PasswordGrant(std::string_view type, identity::PasswordLogin& logins, store::Users& users, const base::Clock& clock);

  std::string_view type() const override { return type_; }
  Events events() const override { return {"sepft", "fepft", "Password for Access Token"}; }
  bool allowed_for(const model::Client& client) const override;
  base::Result<Entitlement, Refusal> examine(const TokenRequest& request) override;
  base::awaitable<base::Result<void, Refusal>> authenticate(const TokenRequest& request,
                                                            Entitlement& entitlement) override;
  bool records() const override { return true; }
  base::Result<Recorded> record_in(store::Transaction& transaction, const TokenRequest& request,
                                   const Entitlement& entitlement, const model::RefreshFamily* opened) override;

 private:
  const std::string_view type_;
  identity::PasswordLogin& logins_;
  store::Users& users_;
  const base::Clock& clock_;
};

}  // namespace cardea::oauth
