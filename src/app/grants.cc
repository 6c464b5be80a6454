#include "app/grants.h"

#include "oauth/authorization_code_grant.h"
#include "oauth/client_credentials_grant.h"
#include "oauth/password_grant.h"
#include "oauth/refresh_token_grant.h"

namespace cardea::app {

void add_grants(oauth::Grants& grants, const GrantParts& p) {
  grants.add(std::make_unique<oauth::AuthorizationCodeGrant>(p.codes, p.consumptions, p.families));
  grants.add(std::make_unique<oauth::RefreshTokenGrant>(p.refresh_tokens, p.families));
  grants.add(std::make_unique<oauth::ClientCredentialsGrant>());
  for (const auto type : {oauth::PasswordGrant::kPassword, oauth::PasswordGrant::kPasswordRealm})
    grants.add(std::make_unique<oauth::PasswordGrant>(type, p.passwords, p.users, p.clock));
}

}  // namespace cardea::app
