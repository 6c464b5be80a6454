#pragma once

#include <string>

#include "model/user.h"
#include "oauth/claims_writer.h"
#include "oauth/scopes.h"

namespace cardea::oauth {

// Writes the claims about the user that the scopes ask for (OpenID Connect Core §5.4, reference §8.1), without `sub`.
// Absent values are left out. `updated_at` is a text in ISO 8601, as Auth0's clients expect it. Beside the scopes that
// stand for several claims, a scope with the name of one ("nickname", "picture" …) asks for that one.
void write_user_claims(ClaimsWriter& writer, const model::User& user, const Scopes& scopes);

// The body of /userinfo.
std::string userinfo_document(const model::User& user, const Scopes& scopes);

}  // namespace cardea::oauth
