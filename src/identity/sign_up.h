#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/async.h"
#include "base/json.h"
#include "base/result.h"
#include "crypto/hash_pool.h"
#include "identity/account_mail.h"
#include "identity/password_policy.h"
#include "identity/rate_limit.h"
#include "identity/request_context.h"
#include "model/client.h"
#include "model/connection.h"
#include "model/user.h"
#include "store/users.h"

namespace cardea::identity {

enum class SignUpRefusal {
  disabled,
  invalid_email,
  invalid_username,
  invalid_profile,
  weak_password,
  user_exists,
  username_exists,
  too_many,  // from this address lately
  overloaded,
  unavailable
};

struct NewUser {
  std::string email;
  std::string username;
  std::string phone_number;
  std::string password;
  base::json::object profile;  // given_name, family_name, name, nickname, picture
  base::json::object user_metadata;
};

// Creates a user at a database connection, with its verification mail and events (ss, fs), in one unit of work.
class SignUp {
 public:
  // All must outlive it. Where limits are on, an address may try 50 times at once, then every 1.2 s (reference §19).
  SignUp(store::Database& database, store::Users& users, crypto::HashPool& hashes, AccountMail& mail,
         const base::Clock& clock, Limits limits);

  struct Refusal {
    SignUpRefusal why;
    PasswordVerdict verdict;  // for weak_password
  };
  base::awaitable<base::Result<model::User, Refusal>> create(RequestContext context, const model::Client& client,
                                                             const model::Connection& connection, NewUser user);

 private:
  base::awaitable<std::unexpected<Refusal>> refuse(const RequestContext& context, const model::Client& client,
                                                   const model::Connection& connection, std::string email,
                                                   Refusal refusal);
  base::awaitable<bool> username_taken(model::TenantId tenant, const model::Connection& connection,
                                       const NewUser& user);

  store::Database& database_;
  store::Users& users_;
  crypto::HashPool& hashes_;
  AccountMail& mail_;
  RateLimit sources_;
};

// Lower case, trimmed; nullopt unless it is one addr-spec that can receive mail (RFC 5321 §4.1.2 without quoted local
// parts and address literals), at most 254 bytes.
std::optional<std::string> normalise_email(std::string_view text);

}  // namespace cardea::identity
