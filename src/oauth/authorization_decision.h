#pragma once

#include <optional>

#include "base/clock.h"
#include "oauth/authorization_request.h"

namespace cardea::oauth {

// What is known when an authorization request is decided upon.
struct Circumstances {
  bool signed_in = false;  // a live session, of this tenant, that fits the request (connection, hints)
  base::Time auth_time;    // of that session's last interactive login
  base::Time now;
  bool authenticated = false;    // interactively, for this very request
  bool account_chosen = false;   // for this very request
  bool consented = false;        // for this very request
  bool consent_missing = false;  // consent_needed() and nothing stored that covers it
  bool sso_disabled = false;     // the client wants a login of its own every time
};

enum class NextStep { answer, login, choose_account, consent, refuse };

struct Decision {
  NextStep step = NextStep::answer;
  RefusalCode error = RefusalCode::server_error;  // with refuse: what prompt=none is told
};

// The order of a login: who, which account, may the client (OpenID Connect Core §3.1.2.3, §3.1.2.4; reference §5). A
// pure function, so that every combination can be tested.
Decision decide(const AuthorizationRequest& request, const Circumstances& circumstances);

// Whether this client must have the user's agreement for the API (reference §5): third parties always; our own apps
// when the callback is on the user's device, where any program may listen, or the API does not skip it. Identity scopes
// alone need none from our own apps.
bool consent_needed(const model::Client& client, const model::ResourceServer* api, std::string_view redirect_uri);

}  // namespace cardea::oauth
