#pragma once

#include <string>

#include "base/async.h"
#include "base/result.h"
#include "crypto/hash_pool.h"
#include "identity/password_policy.h"

namespace cardea::identity {

// Turns a password that an administrator sets into what is stored: judged by the connection's policy, then hashed.
class NewPassword {
 public:
  enum class Refusal { weak, overloaded };
  struct Refused {
    Refusal why;
    PasswordVerdict verdict;  // for weak
  };

  // Must outlive it.
  explicit NewPassword(crypto::HashPool& hashes) : hashes_(hashes) {}

  base::awaitable<base::Result<std::string, Refused>> hash(const model::Connection& connection, std::string password);

 private:
  crypto::HashPool& hashes_;
};

}  // namespace cardea::identity
