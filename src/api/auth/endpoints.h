#pragma once

#include "api/auth/auth_services.h"

namespace cardea::api {

// One function per endpoint, each in a file of its own name; add_auth_routes() says where they answer. `services` lives
// as long as the router; the request lives as long as the coroutine.
base::awaitable<http::Response> discovery(const AuthServices& services, http::Request request);
base::awaitable<http::Response> jwks(const AuthServices& services, http::Request request);
base::awaitable<http::Response> signing_certificate_pem(const AuthServices& services, http::Request request);
base::awaitable<http::Response> signing_certificate_der(const AuthServices& services, http::Request request);
base::awaitable<http::Response> change_password_page(const AuthServices& services, http::Request request);

base::awaitable<http::Response> authorize(const AuthServices& services, http::Request request);
base::awaitable<http::Response> authorize_resume(const AuthServices& services, http::Request request);
base::awaitable<http::Response> v2_logout(const AuthServices& services, http::Request request);
base::awaitable<http::Response> oidc_logout(const AuthServices& services, http::Request request);

base::awaitable<http::Response> token(const AuthServices& services, http::Request request);
base::awaitable<http::Response> revoke(const AuthServices& services, http::Request request);
base::awaitable<http::Response> introspect(const AuthServices& services, http::Request request);
base::awaitable<http::Response> userinfo(const AuthServices& services, http::Request request);
base::awaitable<http::Response> database_signup(const AuthServices& services, http::Request request);
base::awaitable<http::Response> database_change_password(const AuthServices& services, http::Request request);

}  // namespace cardea::api
