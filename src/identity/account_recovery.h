#pragma once

#include <memory>
#include <string>

#include "base/async.h"
#include "base/result.h"
#include "crypto/hash_pool.h"
#include "identity/account_mail.h"
#include "identity/password_login.h"
#include "identity/password_policy.h"
#include "identity/request_context.h"
#include "identity/session_ending.h"
#include "store/one_time.h"
#include "store/users.h"

namespace cardea::identity {

// Forgotten passwords and e-mail verification by mailed links.
class AccountRecovery {
 public:
  // All must outlive it. `limits` (the setting `limits.enabled`): at most 10 mails at once and one more per minute go
  // to one address; further requests succeed and send nothing.
  AccountRecovery(store::Database& database, store::Users& users, store::Tickets& tickets, crypto::HashPool& hashes,
                  AccountMail& mail, PasswordLogin& logins, SessionEnding& sessions, const base::Clock& clock,
                  Limits limits = {});

  ~AccountRecovery();

  // Always succeeds for known and unknown addresses alike, also in time (the mail is queued). unavailable only.
  base::awaitable<base::Result<void>> request_reset(RequestContext context, const model::Connection& connection,
                                                    model::ClientId client, std::string identifier);

  enum class Refusal { expired, used, weak_password, mismatch, overloaded, unavailable };
  struct Refused {
    Refusal why;
    PasswordVerdict verdict;  // for weak_password
  };
  // Whose ticket it is, without using it up: shows the form. mismatch: the user is gone or has another address by now.
  base::awaitable<base::Result<model::Ticket, Refused>> look_at(RequestContext context, std::string secret);
  // Sets the password, marks the e-mail as verified (the mailbox is proven), revokes sessions and refresh tokens
  // (reference §8.4), lifts brute-force blocks; event scp.
  base::awaitable<base::Result<model::Ticket, Refused>> change_password(RequestContext context, std::string secret,
                                                                        std::string password);
  // Event sv. A second click on a used link of a verified user is `used`.
  base::awaitable<base::Result<model::Ticket, Refused>> verify_email(RequestContext context, std::string secret);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cardea::identity
