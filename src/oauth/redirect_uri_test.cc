#include "oauth/redirect_uri.h"

#include <gtest/gtest.h>

namespace cardea::oauth {
namespace {

struct Case {
  const char* pattern;
  const char* uri;
  bool matches;
};

TEST(RedirectUri, CallbacksAreComparedCharacterByCharacter) {
  const Case cases[] = {
      {"https://app.example.com/callback", "https://app.example.com/callback", true},
      {"https://app.example.com/callback?a=1", "https://app.example.com/callback?a=1", true},
      {"com.example.app:/callback", "com.example.app:/callback", true},
      {"com.example.app://acme.eu/ios/callback", "com.example.app://acme.eu/ios/callback", true},
      {"http://localhost:3000", "http://localhost:3000", true},
      {"http://localhost:3000", "http://localhost:3001", false},
      {"https://app.example.com", "https://app.example.com/", false},
      {"https://app.example.com/callback", "https://app.example.com/callback/", false},
      {"https://app.example.com/callback", "https://app.example.com/Callback", false},
      {"https://app.example.com/callback", "https://APP.example.com/callback", false},
      {"https://app.example.com/callback", "https://app.example.com/callback?a=1", false},
      {"https://app.example.com/callback", "https://app.example.com/%63allback", false},
      {"https://app.example.com/callback", "https://app.example.com:443/callback", false},
      {"https://app.example.com/callback", "http://app.example.com/callback", false},
      {"https://app.example.com/callback", "https://app.example.com/x/../callback", false},
      {"https://app.example.com/callback", "https://app.example.com@evil.example/callback", false},
      {"https://app.example.com/callback", "https://app.example.com/callback#x", false},
      {"https://app.example.com/callback", "https://app.example.com/callback\r\nX: y", false},
      {"https://app.example.com/callback", " https://app.example.com/callback", false},
      {"https://app.example.com/callback", "", false},
      {"https://app.example.com/a/../b", "https://app.example.com/a/../b", false},
      {"https://u@app.example.com/b", "https://u@app.example.com/b", false},
      {"", "", false},
  };
  for (const auto& c : cases) EXPECT_EQ(matches_callback(c.pattern, c.uri), c.matches) << c.pattern << " " << c.uri;
}

TEST(RedirectUri, AStarStandsForExactlyOneLabel) {
  const Case cases[] = {
      {"https://*.example.com/cb", "https://a.example.com/cb", true},
      {"https://*.example.com/cb", "https://a-1.example.com/cb", true},
      {"https://*.example.com/cb", "https://a.b.example.com/cb", false},
      {"https://*.example.com/cb", "https://.example.com/cb", false},
      {"https://*.example.com/cb", "https://example.com/cb", false},
      {"https://*.example.com/cb", "https://evil.com/.example.com/cb", false},
      {"https://*.example.com/cb", "https://evil.com?.example.com/cb", false},
      {"https://*.example.com/cb", "https://evil.com:1.example.com/cb", false},
      {"https://*.example.com/cb", "https://a@b.example.com/cb", false},
      {"https://*.example.com/cb", "https://%61.example.com/cb", false},
      {"https://*.example.com/cb", "https://*.example.com/cb", false},
      {"https://a.*.com/cb", "https://a.b.com/cb", false},
      {"https://app.example.com/*", "https://app.example.com/x", false},
  };
  for (const auto& c : cases) EXPECT_EQ(matches_callback(c.pattern, c.uri), c.matches) << c.pattern << " " << c.uri;
}

TEST(RedirectUri, LogoutUrlsAreComparedWithoutQueryAndFragment) {
  const Case cases[] = {
      {"https://a.example/bye", "https://a.example/bye", true},
      {"https://a.example/bye", "https://a.example/bye?x=1", true},
      {"https://a.example/bye", "https://a.example/bye#x", true},
      {"https://a.example/bye?y=2", "https://a.example/bye", true},
      {"https://*.a.example/bye", "https://eu.a.example/bye?x", true},
      {"https://a.example/bye", "https://a.example/bye/more", false},
      {"https://a.example/bye", "https://a.example/by", false},
      {"https://a.example/bye", "https://a.example.evil/bye", false},
      {"https://a.example/bye", "https://evil/?https://a.example/bye", false},
      {"https://a.example/bye", "//a.example/bye", false},
      {"https://a.example/bye", "javascript:alert(1)", false},
      {"https://a.example/bye", "https://a.example/bye?x\r\nY: z", false},
      {"https://a.example/bye", "https://a.example\\@evil/bye", false},
  };
  for (const auto& c : cases) EXPECT_EQ(matches_logout_url(c.pattern, c.uri), c.matches) << c.pattern << " " << c.uri;
}

TEST(RedirectUri, OriginsMatchWhateverThePathOfThePattern) {
  const Case cases[] = {
      {"https://app.example.com/callback?x", "https://app.example.com", true},
      {"https://App.Example.com", "https://app.example.com", true},
      {"https://app.example.com:443/", "https://app.example.com", true},
      {"http://localhost:3000/cb", "http://localhost:3000", true},
      {"https://*.example.com", "https://a.example.com", true},
      {"https://*.example.com", "https://a.b.example.com", false},
      {"https://app.example.com", "https://app.example.com:8443", false},
      {"https://app.example.com", "http://app.example.com", false},
      {"com.example.app:/callback", "null", false},
      {"", "", false},
  };
  for (const auto& c : cases) EXPECT_EQ(matches_origin(c.pattern, c.uri), c.matches) << c.pattern << " " << c.uri;
}

TEST(RedirectUri, OnlyLoopbackWebAddressesAreLocal) {
  for (const auto* uri : {"http://localhost:3000/cb", "http://127.0.0.1/cb", "https://[::1]:8/cb"})
    EXPECT_TRUE(is_local_callback(uri)) << uri;
  for (const auto* uri :
       {"https://localhost.example.com/", "com.example:/cb", "https://app.example.com/?localhost", ""})
    EXPECT_FALSE(is_local_callback(uri)) << uri;
}

}  // namespace
}  // namespace cardea::oauth
