#include "api/auth/routes.h"

#include "api/auth/client_origins.h"
#include "api/auth/endpoints.h"
#include "api/auth/oauth_answers.h"

namespace cardea::api {
namespace {

using Endpoint = base::awaitable<http::Response> (*)(const AuthServices&, http::Request);

constexpr std::size_t kMaxBody = 64 * 1024;

// Of an endpoint that makes or changes accounts.
template <Endpoint endpoint>
base::awaitable<http::Response> unless_read_only(const AuthServices& services, http::Request request) {
  if (services.contexts.read_only())
    co_return oauth_error(403, "read_only_mode", "This region is in read-only mode, please try again later.");
  co_return co_await endpoint(services, std::move(request));
}

}  // namespace

void add_auth_routes(http::Router& router, const AuthServices& services) {
  const auto shared = std::make_shared<const AuthServices>(services);
  const auto scripts = client_cors(std::make_shared<ClientOrigins>(services.contexts));
  const auto everybody = http::CorsPolicy::public_documents();
  const auto add = [&](const char* method, const char* path, Endpoint endpoint,
                       std::shared_ptr<const http::CorsPolicy> cors = nullptr) {
    http::RouteOptions options;
    options.max_body = kMaxBody;
    options.cors = std::move(cors);
    router.add(
        method, path, [shared, endpoint](http::Request request) { return endpoint(*shared, std::move(request)); },
        std::move(options));
  };

  add("GET", "/.well-known/openid-configuration", discovery, everybody);
  add("GET", "/.well-known/oauth-authorization-server", discovery, everybody);
  add("GET", "/.well-known/jwks.json", jwks, everybody);
  add("GET", "/.well-known/change-password", change_password_page);
  add("GET", "/pem", signing_certificate_pem, everybody);
  add("GET", "/cer", signing_certificate_der, everybody);

  add("GET", "/authorize", authorize);
  add("POST", "/authorize", authorize);
  add("GET", "/authorize/resume", authorize_resume);
  add("GET", "/v2/logout", v2_logout);
  add("GET", "/oidc/logout", oidc_logout);
  add("POST", "/oidc/logout", oidc_logout);

  add("POST", "/oauth/token", token, scripts);
  add("POST", "/oauth/revoke", revoke, scripts);
  add("POST", "/oauth/introspect", introspect);
  add("GET", "/userinfo", userinfo, scripts);
  add("POST", "/userinfo", userinfo, scripts);
  add("POST", "/dbconnections/signup", unless_read_only<database_signup>, scripts);
  add("POST", "/dbconnections/change_password", unless_read_only<database_change_password>, scripts);
}

}  // namespace cardea::api
