#include "http/forwarded.h"

#include <gtest/gtest.h>

#include "http/proxy_protocol.h"

namespace cardea::http {
namespace {

struct Case {
  const char* what;
  const char* peer;
  Headers headers;
  const char* client;
  const char* scheme;
  const char* host;
};

TEST(Forwarded, TheRightmostAddressThatIsNotTrustedIsTheClient) {
  const auto trusted = *parse_cidrs({"10.0.0.0/8", "::1"});
  const Case cases[] = {
      {"no headers", "9.9.9.9", {}, "9.9.9.9", "", ""},
      {"a stranger may claim nothing",
       "9.9.9.9",
       {{"X-Forwarded-For", "1.1.1.1"}, {"X-Forwarded-Proto", "https"}, {"Forwarded", "for=1.1.1.1"}},
       "9.9.9.9",
       "",
       ""},
      {"one proxy",
       "10.0.0.1",
       {{"X-Forwarded-For", "1.1.1.1"}, {"X-Forwarded-Proto", "https"}, {"X-Forwarded-Host", "A.Example:8443"}},
       "1.1.1.1",
       "https",
       "a.example:8443"},
      {"the client forged the left part", "10.0.0.1", {{"X-Forwarded-For", "6.6.6.6, 1.1.1.1"}}, "1.1.1.1", "", ""},
      {"two proxies",
       "10.0.0.1",
       {{"X-Forwarded-For", "6.6.6.6, 1.1.1.1, 10.2.2.2"}, {"X-Forwarded-Proto", "http, https, http"}},
       "1.1.1.1",
       "https",
       ""},
      {"several header lines",
       "10.0.0.1",
       {{"X-Forwarded-For", "6.6.6.6"}, {"X-Forwarded-For", "1.1.1.1, 10.2.2.2"}},
       "1.1.1.1",
       "",
       ""},
      {"all trusted", "10.0.0.1", {{"X-Forwarded-For", "10.3.3.3, 10.2.2.2"}}, "10.3.3.3", "", ""},
      {"rubbish ends the walk", "10.0.0.1", {{"X-Forwarded-For", "1.1.1.1, unknown, 10.2.2.2"}}, "10.2.2.2", "", ""},
      {"with ports", "10.0.0.1", {{"X-Forwarded-For", "1.1.1.1:5555"}}, "1.1.1.1", "", ""},
      {"an IPv6 client", "::1", {{"X-Forwarded-For", "[2a00::1]:5555"}}, "2a00::1", "", ""},
      {"a bare IPv6 client", "::1", {{"X-Forwarded-For", "2a00::1"}}, "2a00::1", "", ""},
      {"only a scheme", "10.0.0.1", {{"X-Forwarded-Proto", "https"}}, "10.0.0.1", "https", ""},
      {"an unknown scheme",
       "10.0.0.1",
       {{"X-Forwarded-For", "1.1.1.1"}, {"X-Forwarded-Proto", "javascript"}},
       "1.1.1.1",
       "",
       ""},
      {"a bad host", "10.0.0.1", {{"X-Forwarded-For", "1.1.1.1"}, {"X-Forwarded-Host", "a b/<x>"}}, "1.1.1.1", "", ""},
      {"RFC 7239",
       "10.0.0.1",
       {{"Forwarded",
         "for=6.6.6.6;proto=http, for=\"[2a00::1]:47\";proto=https;host=\"a.example\";by=x, For=10.2.2.2;Proto=http"}},
       "2a00::1",
       "https",
       "a.example"},
      {"RFC 7239 wins", "10.0.0.1", {{"Forwarded", "for=1.1.1.1"}, {"X-Forwarded-For", "2.2.2.2"}}, "1.1.1.1", "", ""},
      {"a hidden node", "10.0.0.1", {{"Forwarded", "for=1.1.1.1, for=_hidden"}}, "10.0.0.1", "", ""},
      {"quotes with separators", "10.0.0.1", {{"Forwarded", "by=\"a,b;c\\\"d\";for=1.1.1.1"}}, "1.1.1.1", "", ""},
      {"an open quote", "10.0.0.1", {{"Forwarded", "for=\"1.1.1.1, for=2.2.2.2"}}, "10.0.0.1", "", ""},
      {"empty", "10.0.0.1", {{"X-Forwarded-For", ""}}, "10.0.0.1", "", ""},
  };
  for (const auto& c : cases) {
    const auto client = see_client(*IpAddress::parse(c.peer), trusted, c.headers);
    EXPECT_EQ(client.address.to_string(), c.client) << c.what;
    EXPECT_EQ(client.scheme.value_or(""), c.scheme) << c.what;
    EXPECT_EQ(client.host.value_or(""), c.host) << c.what;
  }
}

TEST(Forwarded, AClaimFromAStrangerStillCountsAsForwarded) {
  EXPECT_TRUE(see_client(*IpAddress::parse("127.0.0.1"), {}, {{"X-Forwarded-For", "1.1.1.1"}}).forwarded);
  EXPECT_FALSE(see_client(*IpAddress::parse("127.0.0.1"), {}, {{"Host", "x"}}).forwarded);
}

TEST(Host, AcceptsNamesAndAddresses) {
  EXPECT_EQ(parse_host("Login.Example.COM:8443"), "login.example.com:8443");
  EXPECT_EQ(parse_host("[::1]:80"), "[::1]:80");
  EXPECT_EQ(parse_host("127.0.0.1"), "127.0.0.1");
  EXPECT_EQ(parse_host("a_b.example."), "a_b.example.");
  for (const auto* bad : {"", ":80", "a b", "a/b", "a@b", "a,b", "a:b", "a:", "a:123456", "[::1", "[x]:1", "[::1]x",
                          ".a", "a..b", "a\\b", "é", "a:80:80"})
    EXPECT_EQ(parse_host(bad), std::nullopt) << bad;
}

TEST(Host, KnowsLoopback) {
  for (const auto* yes :
       {"localhost", "localhost:8080", "acme.localhost:8080", "127.0.0.1:1", "127.1.2.3", "[::1]", "[::1]:80"})
    EXPECT_TRUE(is_loopback_host(yes)) << yes;
  for (const auto* no : {"example.com", "localhost.example", "127.0.0.1.example", "10.0.0.1", "[::2]", "notlocalhost"})
    EXPECT_FALSE(is_loopback_host(no)) << no;
}

std::string proxy_header(char command, char family, std::string addresses) {
  std::string out("\r\n\r\n\0\r\nQUIT\n", 12);
  out += command;
  out += family;
  out += static_cast<char>(addresses.size() >> 8);
  out += static_cast<char>(addresses.size() & 255);
  return out + addresses;
}

TEST(ProxyProtocol, ReadsBothFamilies) {
  const auto v4 = proxy_header('\x21', '\x11', std::string("\x01\x02\x03\x04\x0a\x00\x00\x01\x12\x34\x01\xbb", 12));
  const auto v6 =
      proxy_header('\x21', '\x21', std::string("\x2a\x00\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", 16) + std::string(20, '\0'));

  const auto first = parse_proxy_header(v4 + "GET / HTTP/1.1");
  const auto second = parse_proxy_header(v6);

  EXPECT_EQ(first.state, ProxyHeader::State::complete);
  EXPECT_EQ(first.size, v4.size());
  EXPECT_EQ(first.source.to_string(), "1.2.3.4");
  EXPECT_EQ(second.source.to_string(), "2a00::1");
}

TEST(ProxyProtocol, AHealthCheckOfTheProxySpeaksForItself) {
  EXPECT_TRUE(parse_proxy_header(proxy_header('\x20', '\0', "")).local);
  EXPECT_TRUE(parse_proxy_header(proxy_header('\x21', '\x31', std::string(216, 'x'))).local);
}

TEST(ProxyProtocol, EveryPrefixNeedsMore) {
  const auto whole = proxy_header('\x21', '\x11', std::string(12, '\x01'));

  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(parse_proxy_header(whole.substr(0, size)).state, ProxyHeader::State::need_more) << size;
}

TEST(ProxyProtocol, RefusesOtherThings) {
  const std::string bad[] = {"GET / HTTP/1.1\r\n",
                             "PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n",
                             "\r\n\r\nGET",
                             proxy_header('\x11', '\x11', std::string(12, 'x')),
                             proxy_header('\x22', '\x11', std::string(12, 'x')),
                             proxy_header('\x21', '\x11', std::string(11, 'x')),
                             proxy_header('\x21', '\x21', std::string(35, 'x')),
                             proxy_header('\x21', '\x11', std::string(600, 'x'))};
  for (const auto& bytes : bad) EXPECT_EQ(parse_proxy_header(bytes).state, ProxyHeader::State::malformed) << bytes;
}

}  // namespace
}  // namespace cardea::http
