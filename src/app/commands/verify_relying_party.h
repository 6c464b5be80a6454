#pragma once

#include <optional>
#include <string>

#include "app/commands/verify_browser.h"
#include "app/commands/verify_canary.h"
#include "base/clock.h"
#include "base/random.h"
#include "crypto/jwk.h"

namespace cardea::app {

// Signs the canary in as a relying party and its browser do (OpenID Connect Core §3.1, RFC 7636, RFC 9207), and looks
// at everything that it gets. The steps are to be taken in the order of their declaration.
class VerifyRelyingParty {
 public:
  // All must outlive it.
  VerifyRelyingParty(http::Client& client, const base::Clock& clock, base::Random& random, const VerifyCanary& canary,
                     VerifyProgress& progress, base::Duration timeout);

  // `expected_issuer`: the URL that the operator gave, with a slash at the end.
  base::awaitable<StepResult> discover(const std::string& expected_issuer);
  // RFC 8414 §3: the same deployment under its OAuth name.
  base::awaitable<StepResult> discover_oauth();
  base::awaitable<StepResult> read_keys();

  // Tries again until the timeout is over: other nodes may hear of the new application a moment later.
  base::awaitable<StepResult> open_login_page();
  base::awaitable<StepResult> sign_in();
  base::awaitable<StepResult> exchange_code();
  base::awaitable<StepResult> check_id_token();
  base::awaitable<StepResult> read_userinfo();
  base::awaitable<StepResult> refresh();
  // prompt=none gets a code without a page, or login_required.
  base::awaitable<StepResult> sign_in_silently();
  base::awaitable<StepResult> sign_out();
  base::awaitable<StepResult> stay_signed_out();

  const Endpoints& endpoints() const { return endpoints_; }

 private:
  http::OutgoingRequest get(std::string url) const;
  http::OutgoingRequest token_request(std::vector<base::QueryPair> parameters) const;
  std::string authorization_url(bool silent);
  base::Result<std::string> code_of(const PageVisit& visit) const;
  base::Result<base::json::object> verified_claims(const std::string& id_token) const;
  StepResult take_tokens(const base::json::object& answer);

  http::Client& client_;
  const base::Clock& clock_;
  base::Random& random_;
  const VerifyCanary& canary_;
  VerifyProgress& progress_;
  const base::Duration timeout_;
  VerifyBrowser browser_;
  Endpoints endpoints_;
  std::optional<crypto::JwkSet> keys_;
  std::string state_, nonce_, code_verifier_;
  PageVisit page_;
  std::string code_, id_token_, access_token_, refresh_token_, subject_;
};

}  // namespace cardea::app
