#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "base/result.h"

namespace cardea::identity {

// The stored hash of a record in the format of Auth0's user import, as crypto::verify_password() understands it;
// nullopt: the record has none. A password comes as `password_hash` (bcrypt) or as `custom_password_hash` with an
// algorithm: bcrypt and argon2 as their own text; pbkdf2 as "$pbkdf2-sha512$i=100000,l=64$salt$hash"; ldap as RFC 2307
// has it,
// "{SSHA}…"; md5, sha1, sha256, sha512 and hmac with a salt before or behind the password; scrypt. Not md4.
// invalid: the reason names the member and never its value.
base::Result<std::optional<std::string>> read_imported_password(const base::json::object& record);

}  // namespace cardea::identity
