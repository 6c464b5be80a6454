#pragma once

#include "base/clock.h"
#include "identity/password_login.h"
#include "oauth/authorization_code.h"
#include "oauth/grants.h"
#include "oauth/refresh_token.h"
#include "store/one_time.h"
#include "store/refresh_families.h"
#include "store/users.h"

namespace cardea::app {

// What grants are made of. All must outlive them.
struct GrantParts {
  const oauth::AuthorizationCodes& codes;
  const oauth::RefreshTokens& refresh_tokens;
  store::Consumptions& consumptions;
  store::RefreshFamilies& families;
  store::Users& users;
  identity::PasswordLogin& passwords;
  const base::Clock& clock;
};

// The grants of the token endpoint: one line each (docs/recipes/add-a-grant.md).
void add_grants(oauth::Grants& grants, const GrantParts& parts);

}  // namespace cardea::app
