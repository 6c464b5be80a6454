#pragma once

#include <memory>
#include <optional>

#include "api/auth/auth_services.h"
#include "api/login/page_flow.h"
#include "api/manage/manage_services.h"
#include "api/manage/management_call.h"
#include "app/foundation.h"
#include "app/grants.h"
#include "base/metrics.h"
#include "crypto/hash_pool.h"
#include "oauth/claims_hook.h"
#include "oauth/key_rotation.h"

namespace cardea::app {

// What a serving node adds to the foundation: identity, oauth and what api/ is handed of them. Members are in the order
// of their dependencies.
struct Services {
  // `background` runs what no request waits for. The foundation must outlive it.
  Services(Foundation& foundation, base::Executor background);
  // Ends password hashing. Before it no request and no job may be under way.
  ~Services();

  crypto::HashPool hashes;
  identity::NewPassword new_password;
  identity::AccountMail mail;
  identity::PasswordLogin passwords;
  identity::SignUp sign_up;
  identity::SessionEnding ending;
  identity::SessionService sessions;
  identity::AccountRecovery recovery;
  identity::LoginTransactions transactions;

  oauth::KeyRotation keys;
  oauth::NoClaimsHook claims;
  oauth::TokenMinting minting;
  oauth::TokenIssuing issuing;
  oauth::AuthorizationCodes codes;
  oauth::RefreshTokens refresh_tokens;
  oauth::EventWriter events;
  oauth::ClientAuthentication clients;
  oauth::Grants grants;
  oauth::TokenEndpoint tokens;
  oauth::AuthorizeFlow authorize;
  oauth::AccessTokenVerification access_tokens;
  oauth::Introspection introspection;
  oauth::Revocation revocation;
  oauth::Logout logout;
  oauth::DiscoveryDocuments discovery;

  api::RequestContexts contexts;
  api::AuthServices auth;
  api::LoginServices login;
  api::ManageServices manage;
  std::optional<api::ManageServices> stale_manage;  // reads from replicas
};

}  // namespace cardea::app
