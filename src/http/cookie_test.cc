#include "http/cookie.h"

#include <gtest/gtest.h>

#include "http/request.h"

namespace cardea::http {
namespace {

TEST(Cookies, ReadsWhatABrowserSends) {
  const auto cookies = Cookies::parse("session=abc; theme=\"dark\";empty=; a = b =c ; session=second");

  EXPECT_EQ(cookies.get("session"), "abc");
  EXPECT_EQ(cookies.all("session"), (std::vector<std::string_view>{"abc", "second"}));
  EXPECT_EQ(cookies.get("theme"), "dark");
  EXPECT_EQ(cookies.get("empty"), "");
  EXPECT_EQ(cookies.get("a"), "b =c");
  EXPECT_EQ(cookies.get("Session"), std::nullopt);
}

TEST(Cookies, SkipsPiecesThatAreNone) {
  const auto cookies = Cookies::parse(";; novalue; =x; b ad=1; \"q\"=1; ok=1;");

  EXPECT_EQ(cookies.size(), 1U);
  EXPECT_EQ(cookies.get("ok"), "1");
}

TEST(Cookies, AreBounded) {
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += "c" + std::to_string(i) + "=1; ";

  EXPECT_EQ(Cookies::parse(many).size(), Cookies::kMaxCookies);
}

TEST(Cookies, OfSeveralHeadersAreOne) {
  Request request;
  request.headers.add("Cookie", "a=1");
  request.headers.add("cookie", "b=2");

  EXPECT_EQ(request.cookies().get("b"), "2");
}

TEST(SetCookie, DefaultsAreThoseOfASession) {
  EXPECT_EQ((SetCookie{.name = "session", .value = "abc"}).to_header(),
            "session=abc; Path=/; HttpOnly; Secure; SameSite=Lax");
}

TEST(SetCookie, WritesEveryAttribute) {
  const SetCookie cookie{.name = "__Secure-x",
                         .value = "1",
                         .path = "/u",
                         .domain = "example.com",
                         .max_age = std::chrono::hours(1),
                         .http_only = false,
                         .secure = false,
                         .same_site = SameSite::none};

  EXPECT_EQ(cookie.to_header(), "__Secure-x=1; Path=/u; Domain=example.com; Max-Age=3600; SameSite=None");
  EXPECT_EQ(SetCookie::forget("s").to_header(), "s=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax");
}

TEST(SetCookie, InjectsNothing) {
  const SetCookie cookie{.name = "a", .value = "1; Domain=evil", .path = "/;x\r\nY: 1"};

  EXPECT_EQ(cookie.to_header(), "a=; HttpOnly; Secure; SameSite=Lax");
  EXPECT_EQ((SetCookie{.name = "a;b", .value = "1"}).to_header(), "invalid=1; Path=/; HttpOnly; Secure; SameSite=Lax");
}

}  // namespace
}  // namespace cardea::http
