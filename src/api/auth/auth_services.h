#pragma once

#include <functional>
#include <string_view>

#include "api/request_contexts.h"
#include "base/random.h"
#include "http/request.h"
#include "http/response.h"
#include "identity/account_recovery.h"
#include "identity/sign_up.h"
#include "oauth/access_token_verification.h"
#include "oauth/authorize_flow.h"
#include "oauth/client_authentication.h"
#include "oauth/discovery.h"
#include "oauth/introspection.h"
#include "oauth/logout.h"
#include "oauth/revocation.h"
#include "oauth/token_endpoint.h"
#include "store/users.h"

namespace cardea::api {

// What a person sees when the answer may not go to the application. `context` is nullptr for an unknown host.
using ErrorPageRenderer =
    std::function<http::Response(const http::Request& request, const identity::RequestContext* context, int status,
                                 std::string_view error, std::string_view description)>;

// What the endpoints of the Authentication API work with; app/ fills it. All must outlive the router.
struct AuthServices {
  const RequestContexts& contexts;
  oauth::TokenEndpoint& tokens;
  oauth::AuthorizeFlow& authorize;
  oauth::Logout& logout;
  oauth::ClientAuthentication& clients;
  oauth::Revocation& revocation;
  oauth::Introspection& introspection;
  const oauth::AccessTokenVerification& access_tokens;
  oauth::DiscoveryDocuments& discovery;
  identity::SignUp& sign_up;
  identity::AccountRecovery& recovery;
  store::Users& users;
  base::Random& random;
  ErrorPageRenderer error_page;
};

}  // namespace cardea::api
