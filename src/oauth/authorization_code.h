#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "model/ids.h"
#include "oauth/scopes.h"
#include "store/artifact.h"

namespace cardea::oauth {

// What an authorization code stands for (RFC 6749 §4.1.2). Bound to the client, the redirect URI and the PKCE
// challenge.
struct AuthorizationCode {
  model::ClientId client;
  std::string redirect_uri;
  bool redirect_uri_given = false;  // the token request must then repeat it
  std::string code_challenge;       // "" = none was sent
  bool plain_challenge = false;
  model::SessionId session;
  model::UserKey user;
  std::string audience;  // identifier of the API; "" = none
  Scopes scopes;         // granted, before RBAC
  std::string nonce;
  base::Time auth_time;
  bool say_auth_time = false;  // max_age or prompt=login was sent: the ID token must have it
};

// Codes are sealed: nothing is stored when one is given out, only its use is (REPLICATION.md §2.1).
class AuthorizationCodes {
 public:
  static constexpr std::chrono::seconds kLifetime{60};
  static constexpr std::string_view kPurpose = "code";

  // Both must outlive it.
  AuthorizationCodes(const store::Artifacts& artifacts, const base::Clock& clock);

  std::string issue(const model::TenantId& tenant, const AuthorizationCode& code) const;

  struct Opened {
    std::string id;  // what store::Consumptions remembers
    AuthorizationCode code;
  };
  // invalid: not a code of this tenant. not_found: expired.
  base::Result<Opened> open(const model::TenantId& tenant, std::string_view text) const;

 private:
  const store::Artifacts& artifacts_;
  const base::Clock& clock_;
};

}  // namespace cardea::oauth
