#include "api/browser_cookies.h"

#include <gtest/gtest.h>

namespace cardea::api {
namespace {

http::Request request(std::string scheme, std::string cookies = {}) {
  http::Request made;
  made.scheme = std::move(scheme);
  if (!cookies.empty()) made.headers.set("Cookie", cookies);
  return made;
}

std::vector<std::string> set_cookies(const http::Response& response) {
  std::vector<std::string> lines;
  for (const auto line : response.headers.all("Set-Cookie")) lines.emplace_back(line);
  return lines;
}

TEST(BrowserCookies, OverTlsTheSessionHasACopyForOldBrowsers) {
  model::Tenant tenant;
  tenant.session_lifetime = std::chrono::hours(2);
  http::Response response;

  set_session_cookie(request("https"), response, tenant, "v");

  const auto lines = set_cookies(response);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_TRUE(lines[0].starts_with("auth0=v;"));
  for (const auto* attribute : {"HttpOnly", "Secure", "SameSite=None", "Path=/", "Max-Age=7200"})
    EXPECT_NE(lines[0].find(attribute), std::string::npos) << attribute;
  EXPECT_TRUE(lines[1].starts_with("auth0_compat=v;"));
  EXPECT_EQ(lines[1].find("SameSite"), std::string::npos);
  EXPECT_NE(lines[1].find("Secure"), std::string::npos);
}

TEST(BrowserCookies, OnPlainLoopbackNeitherSecureNorNone) {
  http::Response response;

  set_session_cookie(request("http"), response, model::Tenant{}, "v");

  const auto lines = set_cookies(response);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].find("Secure"), std::string::npos);
  EXPECT_NE(lines[0].find("SameSite=Lax"), std::string::npos);
}

TEST(BrowserCookies, ASessionCookieMayEndWithTheBrowser) {
  model::Tenant tenant;
  tenant.persistent_session_cookie = false;
  http::Response response;

  set_session_cookie(request("https"), response, tenant, "v");

  EXPECT_EQ(set_cookies(response)[0].find("Max-Age"), std::string::npos);
}

TEST(BrowserCookies, ClearingForgetsBoth) {
  http::Response response;

  clear_session_cookie(request("https"), response);

  const auto lines = set_cookies(response);
  ASSERT_EQ(lines.size(), 2u);
  for (const auto& line : lines) EXPECT_NE(line.find("Max-Age=0"), std::string::npos) << line;
}

TEST(BrowserCookies, TheCopyIsReadWhenTheFirstIsMissing) {
  EXPECT_EQ(session_cookie_of(request("https", "auth0=a; auth0_compat=b")), "a");
  EXPECT_EQ(session_cookie_of(request("https", "auth0_compat=b")), "b");
  EXPECT_EQ(session_cookie_of(request("https")), "");
  EXPECT_EQ(browser_cookie_of(request("https", "cardea_browser=x")), "x");
}

TEST(BrowserCookies, TheBrowserCookieStaysOnTheSite) {
  http::Response response;

  set_browser_cookie(request("https"), response, "x");

  const auto line = set_cookies(response).at(0);
  for (const auto* attribute : {"cardea_browser=x", "HttpOnly", "Secure", "SameSite=Lax"})
    EXPECT_NE(line.find(attribute), std::string::npos) << attribute;
}

}  // namespace
}  // namespace cardea::api
