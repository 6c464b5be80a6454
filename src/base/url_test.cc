#include "base/url.h"

#include <gtest/gtest.h>

namespace cardea::base {
namespace {

TEST(Url, SplitsWhatItReads) {
  const auto url = Url::parse("HTTPS://User:pw@Example.COM:8443/a/b%20c;x?q=1?2#frag/?");

  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->user_info, "User:pw");
  EXPECT_EQ(url->host, "example.com");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->path, "/a/b%20c;x");
  EXPECT_EQ(url->query, "q=1?2");
  EXPECT_EQ(url->fragment, "frag/?");
  EXPECT_EQ(url->origin(), "https://example.com:8443");
  EXPECT_EQ(url->to_string(), "https://User:pw@example.com:8443/a/b%20c;x?q=1?2#frag/?");
}

TEST(Url, KnowsCustomSchemesOfNativeApps) {
  const auto url = Url::parse("com.example.app:/callback?a=1");

  ASSERT_TRUE(url);
  EXPECT_FALSE(url->has_authority);
  EXPECT_EQ(url->path, "/callback");
  EXPECT_EQ(url->origin(), "");
  EXPECT_EQ(Url::parse("com.example.app://host/android/cb")->host, "host");
  EXPECT_EQ(Url::parse("urn:ietf:wg:oauth:2.0:oob")->path, "ietf:wg:oauth:2.0:oob");
}

TEST(Url, ReadsIpv6Literals) {
  const auto url = Url::parse("http://[::1]:3000/cb");

  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "::1");
  EXPECT_TRUE(url->is_loopback());
  EXPECT_EQ(url->authority(), "[::1]:3000");
  for (const auto* good : {"[::]", "[1::]", "[::ffff:1.2.3.4]", "[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:1.2.3.4]", "[1::8]"})
    EXPECT_TRUE(Url::parse("http://" + std::string(good) + "/")) << good;
}

TEST(Url, AnOriginLeavesTheDefaultPortOut) {
  EXPECT_EQ(Url::parse("https://A.example:443/x")->origin(), "https://a.example");
  EXPECT_EQ(Url::parse("http://a.example:80")->origin(), "http://a.example");
  EXPECT_EQ(Url::parse("http://a.example:443")->origin(), "http://a.example:443");
  EXPECT_EQ(Url::parse("https://a.example")->port, 443);
}

TEST(Url, KnowsLoopback) {
  for (const auto* yes : {"http://localhost/", "http://127.0.0.1:99/", "http://127.9.9.9/", "http://[::1]/"})
    EXPECT_TRUE(Url::parse(yes)->is_loopback()) << yes;
  for (const auto* no : {"http://localhost.evil/", "http://127.evil.example/", "http://10.0.0.1/", "http://[::2]/"})
    EXPECT_FALSE(Url::parse(no)->is_loopback()) << no;
}

TEST(Url, RefusesWhatRfc3986DoesNotKnow) {
  for (const auto* bad : {"",
                          "a",
                          "/path",
                          "//host/",
                          ":x",
                          "1a:x",
                          "https:",
                          "https:/x",
                          "https://",
                          "https:///x",
                          "https://?x",
                          "http://a b/",
                          "http://a/ b",
                          "http://a/\\b",
                          "http://a\\@b/",
                          "http://a/%",
                          "http://a/%4",
                          "http://a/%zz",
                          "http://a/é",
                          "http://a/\n",
                          "http://a/#x#y",
                          "http://a/?a b",
                          "http://a/<x>",
                          "http://a/\"",
                          "http://a:0/",
                          "http://a:65536/",
                          "http://a:-1/",
                          "http://a:8x/",
                          "http://a:",
                          "http://a:80:80/",
                          "http://[::1/",
                          "http://::1/",
                          "http://[::1]x/",
                          "http://[1:2:3]/",
                          "http://[::1::2]/",
                          "http://[:::]/",
                          "http://[1:2:3:4:5:6:7:8:9]/",
                          "http://[12345::]/",
                          "http://[::1.2.3.256]/",
                          "http://[1:]/",
                          "http://[fe80::1%25eth0]/",
                          "http://256.1.1.1/",
                          "http://1.2.3/",
                          "http://127.1/",
                          "http://2130706433/",
                          "http://0x7f.1/",
                          "http://0x7f000001/",
                          "http://01.2.3.4/",
                          "http://.a/",
                          "http://a..b/",
                          "http://a%41/",
                          "http://a^b/",
                          "https://#x?y",
                          "http://user@/",
                          "javascript:alert(\"x\")"}) {
    const auto url = Url::parse(bad);
    EXPECT_FALSE(url) << bad;
    if (!url) {
      EXPECT_EQ(url.error().code, Errc::invalid);
    }
  }
  EXPECT_FALSE(Url::parse("https://a/" + std::string(8192, 'x')));
  EXPECT_FALSE(Url::parse(std::string_view("http://a/\0b", 11)));
}

}  // namespace
}  // namespace cardea::base
