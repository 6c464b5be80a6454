#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "store/users.h"

namespace cardea::identity {

// A user of a file in the format of Auth0's user imports and exports.
struct ImportedUser {
  base::json::object document;               // what store::Users::create_in() takes
  std::optional<std::string> password_hash;  // that crypto::verify_password() understands
  store::UserTimes times;                    // of `created_at` and `updated_at`
};

// Takes over the members that Cardea knows and passes over what comes with other features (identities, logins_count,
// mfa_factors …). The password is what identity/imported_password.h reads. invalid: the reason names the member and
// never its value.
base::Result<ImportedUser> read_imported_user(const base::json::object& record);

}  // namespace cardea::identity
