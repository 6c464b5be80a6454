#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "model/connection.h"
#include "model/user.h"

namespace cardea::identity {

// Which rule a password breaks first; each has an error of its own at the API (Authentication API reference §10).
enum class PasswordFault {
  none,
  strength,      // PasswordStrengthError, "invalid_password": too short, too few kinds of characters, too long …
  dictionary,    // PasswordDictionaryError: one of the passwords that everybody tries
  personal_info  // PasswordNoUserInfoError: holds the name or address of its owner
};

// How a password measures up to a connection's policy.
struct PasswordVerdict {
  bool accepted = true;
  PasswordFault fault = PasswordFault::none;
  bool too_long = false;     // over 72 bytes: bcrypt would ignore the rest
  base::json::object rules;  // "description" of PasswordStrengthError: {"rules":[…],"verified":false}
  std::string policy;        // its text form, "* At least 8 characters in length\n* …"
};

// What a password must not contain where the connection forbids it (options.password_no_personal_info).
struct PersonalInfo {
  std::vector<std::string> words;

  static PersonalInfo of(const model::User& user);
};

// Also refused under every policy: bytes that are not UTF-8, and NUL.
PasswordVerdict judge_password(const model::Connection& connection, std::string_view password,
                               const PersonalInfo& owner = {});

// The policy alone, for a page that shows it before anything is typed: no rule is verified.
PasswordVerdict describe_policy(const model::Connection& connection);

}  // namespace cardea::identity
