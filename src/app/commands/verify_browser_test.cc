#include "app/commands/verify_browser.h"

#include <gtest/gtest.h>

#include <map>

#include "app/run_now.h"

namespace cardea::app {
namespace {

base::Url url(std::string_view text) { return base::Url::parse(text).value(); }

TEST(Addresses, AreResolvedAgainstThePage) {
  const auto page = url("https://id.example.com:8443/u/login?state=a");
  for (const auto& [reference, address] : std::vector<std::pair<std::string, std::string>>{
           {"", "https://id.example.com:8443/u/login?state=a"},
           {"#top", "https://id.example.com:8443/u/login?state=a"},
           {"?x=1", "https://id.example.com:8443/u/login?x=1"},
           {"/authorize/resume?state=b", "https://id.example.com:8443/authorize/resume?state=b"},
           {"signup", "https://id.example.com:8443/u/signup"},
           {"//other.example/x", "https://other.example/x"},
           {"https://app.example/cb?code=1", "https://app.example/cb?code=1"}})
    EXPECT_EQ(resolve_address(page, reference), address) << reference;
  EXPECT_EQ(resolve_address(url("http://localhost:8080"), ""), "http://localhost:8080/");
}

TEST(Cookies, GoBackToWhereTheyCameFrom) {
  CookieJar jar;
  jar.take(url("https://id.example.com/authorize"), "session=1; Path=/; HttpOnly; Secure; SameSite=None");
  jar.take(url("https://id.example.com/u/login"), "page=2; Path=/u");
  jar.take(url("https://id.example.com/u/login"), "wide=3; Domain=.example.com; Path=/");

  EXPECT_EQ(jar.header_for(url("https://id.example.com/u/login")), "session=1; page=2; wide=3");
  EXPECT_EQ(jar.header_for(url("https://id.example.com/update")), "session=1; wide=3");
  EXPECT_EQ(jar.header_for(url("http://id.example.com/")), "wide=3");
  EXPECT_EQ(jar.header_for(url("https://app.example.com/")), "wide=3");
  EXPECT_EQ(jar.header_for(url("https://badexample.com/")), "");
}

TEST(Cookies, AreReplacedAndForgotten) {
  CookieJar jar;
  const auto at = url("https://id.example.com/");
  jar.take(at, "a=1; Path=/");
  jar.take(at, "a=2; Path=/");
  EXPECT_EQ(jar.header_for(at), "a=2");

  jar.take(at, "a=; Path=/; Max-Age=0");
  EXPECT_EQ(jar.header_for(at), "");
}

TEST(Cookies, ThatAreNoneOrOfAForeignDomainAreNotTaken) {
  CookieJar jar;
  const auto at = url("https://id.example.com/");
  for (const auto* text : {"", "novalue", "=x", "a=1; Domain=other.example", "a=1; Domain=ample.com"})
    jar.take(at, text);

  EXPECT_EQ(jar.header_for(at), "");
}

TEST(Cookies, SecureOnesGoToPlainLoopback) {
  CookieJar jar;
  jar.take(url("http://localhost:8080/"), "a=1; Secure");

  EXPECT_EQ(jar.header_for(url("http://localhost:8080/")), "a=1");
}

// Answers by the method and the address, and remembers what was asked.
class ScriptedClient final : public http::Client {
 public:
  base::awaitable<base::Result<http::OutgoingResponse>> send(http::OutgoingRequest request) override {
    const auto key = request.method + " " + request.url;
    asked.push_back(request);
    const auto found = answers.find(key);
    if (found == answers.end()) co_return base::fail(base::Errc::unavailable, "no connection");
    co_return found->second;
  }

  std::map<std::string, http::OutgoingResponse> answers;
  std::vector<http::OutgoingRequest> asked;
};

http::OutgoingResponse redirect(int status, std::string_view location, std::string_view cookie = "") {
  http::OutgoingResponse out{status, {{"Location", location}}, ""};
  if (!cookie.empty()) out.headers.add("Set-Cookie", cookie);
  return out;
}

class BrowserTest : public testing::Test {
 protected:
  ScriptedClient client;
  VerifyBrowser browser{client, "https://app.example/cb", std::chrono::seconds(1)};
};

TEST_F(BrowserTest, FollowsRedirectsWithItsCookiesAndStopsBeforeTheCallback) {
  client.answers["GET https://id.example/authorize"] = redirect(302, "/u/login", "a=1; Path=/");
  client.answers["GET https://id.example/u/login"] = {200, {}, "<form action=/u/login><input name=username></form>"};
  client.answers["POST https://id.example/u/login"] = redirect(302, "/resume", "b=2; Path=/");
  client.answers["GET https://id.example/resume"] = redirect(303, "https://app.example/cb?code=x");

  const auto page = run_now(browser.open("https://id.example/authorize"));
  ASSERT_TRUE(page);
  const auto end = run_now(browser.submit(page->url, {"/u/login", {{"username", "jane doe"}}}));

  EXPECT_EQ(page->url, "https://id.example/u/login");
  EXPECT_EQ(page->status, 200);
  ASSERT_TRUE(end);
  EXPECT_TRUE(end->at_callback);
  EXPECT_EQ(end->url, "https://app.example/cb?code=x");
  ASSERT_EQ(client.asked.size(), 4U);
  EXPECT_EQ(client.asked[1].headers.get("Cookie"), "a=1");
  EXPECT_EQ(client.asked[2].body, "username=jane+doe");
  EXPECT_EQ(client.asked[2].headers.get("Origin"), "https://id.example");
  EXPECT_EQ(client.asked[3].headers.get("Cookie"), "a=1; b=2");
  EXPECT_EQ(client.asked[3].body, "");
}

TEST_F(BrowserTest, A307KeepsTheFormAndA302DropsIt) {
  client.answers["POST https://id.example/a"] = redirect(307, "/b");
  client.answers["POST https://id.example/b"] = redirect(302, "/c");
  client.answers["GET https://id.example/c"] = {200, {}, ""};

  ASSERT_TRUE(run_now(browser.submit("https://id.example/", {"/a", {{"x", "1"}}})));

  ASSERT_EQ(client.asked.size(), 3U);
  EXPECT_EQ(client.asked[1].body, "x=1");
  EXPECT_EQ(client.asked[2].method, "GET");
}

TEST_F(BrowserTest, GoesInNoCircles) {
  client.answers["GET https://id.example/a"] = redirect(302, "/a");

  const auto end = run_now(browser.open("https://id.example/a"));

  ASSERT_FALSE(end);
  EXPECT_NE(end.error().reason.find("redirects"), std::string::npos);
  EXPECT_LT(client.asked.size(), 20U);
}

TEST_F(BrowserTest, NamesTheRequestThatFailedAndNotItsQuery) {
  const auto end = run_now(browser.open("https://id.example/authorize?state=secret"));

  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().reason, "GET /authorize: no connection");
}

TEST_F(BrowserTest, GoesOnlyToHttpAddresses) {
  client.answers["GET https://id.example/a"] = redirect(302, "javascript:alert(1)");

  EXPECT_FALSE(run_now(browser.open("https://id.example/a")));
}

}  // namespace
}  // namespace cardea::app
