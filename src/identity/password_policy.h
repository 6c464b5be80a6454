#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "model/connection.h"

namespace cardea::identity {

// How a password measures up to a connection's policy (Authentication API reference §10).
struct PasswordVerdict {
  bool accepted = true;
  bool too_long = false;       // over 72 bytes: bcrypt would ignore the rest
  base::json::object rules;    // "description" of PasswordStrengthError
  std::string policy;          // its text form, "* At least 8 characters in length\n* …"
};

PasswordVerdict judge_password(const model::Connection& connection, std::string_view password);

}  // namespace cardea::identity
