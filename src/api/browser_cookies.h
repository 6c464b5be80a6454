#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/request.h"
#include "http/response.h"
#include "model/tenant.h"

namespace cardea::api {

// The cookies of the login pages. Over TLS: Secure, HttpOnly, SameSite=None for the SSO session (silent renewal runs in
// a frame of another site), with a copy without SameSite for old browsers; Lax for the rest. On plain loopback, where a
// browser drops Secure cookies: neither Secure nor None.
inline constexpr std::string_view kSessionCookie = "auth0";
inline constexpr std::string_view kSessionCompatCookie = "auth0_compat";
inline constexpr std::string_view kBrowserCookie = "cardea_browser";  // binds login transactions to the browser
inline constexpr std::string_view kLocaleCookie = "cardea_locale";

// "" when there is none.
std::string session_cookie_of(const http::Request& request);
std::string browser_cookie_of(const http::Request& request);

// Session cookies live as long as the tenant's session lifetime, or as the browser runs (session_cookie.mode).
void set_session_cookie(const http::Request& request, http::Response& response, const model::Tenant& tenant,
                        std::string value);
void clear_session_cookie(const http::Request& request, http::Response& response);
void set_browser_cookie(const http::Request& request, http::Response& response, std::string value);

}  // namespace cardea::api
