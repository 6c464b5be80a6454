#pragma once

#include <optional>
#include <string>
#include <variant>

#include "base/async.h"
#include "identity/session_ending.h"
#include "identity/session_service.h"
#include "oauth/parameters.h"
#include "oauth/refusal.h"
#include "store/artifact.h"

namespace cardea::oauth {

// Ending the session of a browser at the wish of an application (reference §9). Safe from any thread.
class Logout {
 public:
  // All must outlive it.
  Logout(identity::SessionService& sessions, identity::SessionEnding& ending, const store::Artifacts& artifacts,
         const base::Clock& clock);

  // The session is over, if there was one: forget the cookie and go to `redirect`; "" = nowhere.
  struct Done {
    std::string redirect;
  };
  // Ask first: `state` is for /u/logout, a sealed artifact of purpose "logout" with {"session","redirect"}.
  struct Confirm {
    std::string state;
  };
  using Outcome = std::variant<Done, Confirm, Refusal>;

  // GET /v2/logout. invalid_request: returnTo is not allowed; the session stays.
  base::awaitable<Outcome> v2(identity::RequestContext context, Parameters parameters, std::string session_cookie);

  // OpenID Connect RP-Initiated Logout 1.0. Asks when nothing shows that the request belongs to the browser's session.
  // invalid_request: a hint that is not ours, or an address that is not allowed.
  base::awaitable<Outcome> rp_initiated(identity::RequestContext context, Parameters parameters,
                                        std::string session_cookie);

 private:
  base::awaitable<Outcome> end(identity::RequestContext context, std::optional<model::Session> session,
                               std::string redirect);

  identity::SessionService& sessions_;
  identity::SessionEnding& ending_;
  const store::Artifacts& artifacts_;
  const base::Clock& clock_;
};

}  // namespace cardea::oauth
