#include "api/browser_cookies.h"

namespace cardea::api {
namespace {

std::string cookie_of(const http::Request& request, std::string_view name) {
  return std::string(request.cookies().get(name).value_or(""));
}

bool over_tls(const http::Request& request) { return request.scheme == "https"; }

// The header without its last attribute: browsers from before 2020 take SameSite=None for Strict.
std::string without_same_site(const http::SetCookie& cookie) {
  auto header = cookie.to_header();
  header.resize(header.rfind("; SameSite="));
  return header;
}

// Over TLS twice, once for old browsers; on plain loopback once, and Lax, because without Secure there is no None.
void add_session_cookie(const http::Request& request, http::Response& response, http::SetCookie cookie) {
  cookie.http_only = true;
  cookie.secure = over_tls(request);
  cookie.same_site = cookie.secure ? http::SameSite::none : http::SameSite::lax;
  cookie.name = kSessionCookie;
  response.cookie(cookie);
  if (!cookie.secure) return;
  cookie.name = kSessionCompatCookie;
  response.headers.add("Set-Cookie", without_same_site(cookie));
}

}  // namespace

std::string session_cookie_of(const http::Request& request) {
  auto value = cookie_of(request, kSessionCookie);
  return value.empty() ? cookie_of(request, kSessionCompatCookie) : value;
}

std::string browser_cookie_of(const http::Request& request) { return cookie_of(request, kBrowserCookie); }

void set_session_cookie(const http::Request& request, http::Response& response, const model::Tenant& tenant,
                        std::string value) {
  http::SetCookie cookie;
  cookie.value = std::move(value);
  if (tenant.persistent_session_cookie)
    cookie.max_age = std::chrono::duration_cast<std::chrono::seconds>(tenant.session_lifetime);
  add_session_cookie(request, response, std::move(cookie));
}

void clear_session_cookie(const http::Request& request, http::Response& response) {
  add_session_cookie(request, response, http::SetCookie::forget(std::string(kSessionCookie)));
}

void set_browser_cookie(const http::Request& request, http::Response& response, std::string value) {
  http::SetCookie cookie;
  cookie.name = kBrowserCookie;
  cookie.value = std::move(value);
  cookie.secure = over_tls(request);
  response.cookie(cookie);
}

}  // namespace cardea::api
