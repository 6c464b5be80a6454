#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "identity/request_context.h"
#include "store/artifact.h"

namespace cardea::identity {

// One attempt to sign in, from /authorize until the answer goes to the client. It lives in the `state` parameter of the
// pages as a sealed artifact, so that any cell can go on with it (REPLICATION.md §2.1); nothing is stored.
// It is bound to the browser by a cookie: `browser` is the hash of that cookie's value, checked at every step, which
// also is the CSRF defence of the forms.
struct LoginTransaction {
  std::string id;       // artifact id of the sealed form that was opened; empty for a new one
  std::string browser;  // base64url SHA-256 of the browser cookie
  model::ClientId client;
  base::json::object request;  // the validated /authorize parameters (oauth::AuthorizationRequest::to_json)
  std::string connection;      // asked for by the client; may be empty
  std::string login_hint;
  std::string locale;
  bool signup_first = false;  // screen_hint=signup
  // What has been done so far:
  std::optional<model::SessionId> session;  // set by a successful login or account choice in this transaction
  bool authenticated = false;               // interactively, in this transaction: satisfies prompt=login and max_age
  bool account_chosen = false;              // satisfies prompt=select_account
  bool consented = false;                   // satisfies prompt=consent
  bool declined = false;                    // the user refused consent: the client is told access_denied
};

// Seals and opens login transactions; lifetime one hour.
class LoginTransactions {
 public:
  // Must outlive it.
  LoginTransactions(const store::Artifacts& artifacts, const base::Clock& clock);

  std::string seal(const RequestContext& context, const LoginTransaction& transaction) const;
  // not_found: expired. invalid: not ours. denied: another browser's (`browser_cookie` does not fit).
  base::Result<LoginTransaction> open(const RequestContext& context, std::string_view state,
                                      std::string_view browser_cookie) const;

  // The value that LoginTransaction::browser must have for this cookie.
  static std::string browser_hash(std::string_view browser_cookie);

 private:
  const store::Artifacts& artifacts_;
  const base::Clock& clock_;
};

}  // namespace cardea::identity
