#pragma once

#include <memory>
#include <string>

#include "base/async.h"
#include "base/result.h"
#include "crypto/hash_pool.h"
#include "identity/rate_limit.h"
#include "identity/request_context.h"
#include "model/client.h"
#include "model/connection.h"
#include "model/user.h"
#include "store/users.h"

namespace cardea::identity {

enum class LoginRefusal {
  wrong_credentials,  // unknown user or wrong password: the same to the outside, also in time
  blocked,            // the user is blocked: "user is blocked"
  too_many_attempts,  // brute-force protection
  overloaded,         // the hash pool is full: 503 with Retry-After
  unavailable         // the store is
};

// Checks a password at a database connection. Hashes with another cost or algorithm than today's are renewed on the
// way.
class PasswordLogin {
 public:
  struct Options {
    Limits limits;                      // where they are off, guesses are not counted
    std::size_t max_tracked = 200'000;  // pairs of account and address, and accounts, that are remembered
  };

  // All must outlive it.
  PasswordLogin(store::Database& database, store::Users& users, crypto::HashPool& hashes, const base::Clock& clock,
                Options options);
  PasswordLogin(store::Database& database, store::Users& users, crypto::HashPool& hashes, const base::Clock& clock)
      : PasswordLogin(database, users, hashes, clock, Options{}) {}
  ~PasswordLogin();

  // `identifier` is an e-mail address, or a username where the connection has them. Writes the failure events (fp, fu,
  // limit_wc); success is the caller's to record with the session (Users::record_login_in, event "s").
  // Brute force: 10 failures per identifier and address (IPv6: its /64) block that pair until unblock() or 30 days
  // (reference §19); a guess that was under way when the block began is refused too, right or wrong. Over all
  // addresses an identifier has 100 failures, one more each 864 s, and so has an address over all identifiers of the
  // tenant (event limit_mu); addresses that the identifier signed in from before are spared these two. Counts are those
  // of all nodes where they share counters, else this node's, in memory.
  base::awaitable<base::Result<model::User, LoginRefusal>> check(RequestContext context, const model::Client& client,
                                                                 const model::Connection& connection,
                                                                 std::string identifier, std::string password);
  // After a password change or by an administrator.
  base::awaitable<void> unblock(model::TenantId tenant, std::string identifier);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cardea::identity
