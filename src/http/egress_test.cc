#include "http/egress.h"

#include <gtest/gtest.h>

namespace cardea::http {
namespace {

bool allows(const EgressGuard& guard, const char* address, std::uint16_t port = 443,
            const char* host = "host.example") {
  const auto parsed = IpAddress::parse(address);
  EXPECT_TRUE(parsed) << address;
  return guard.allows(host, *parsed, port);
}

TEST(EgressGuard, RefusesEveryAddressThatIsNotPublic) {
  const EgressGuard guard;
  for (const auto* address : {"0.0.0.0",
                              "0.1.2.3",
                              "10.0.0.1",
                              "10.255.255.255",
                              "100.64.0.1",
                              "100.127.255.255",
                              "127.0.0.1",
                              "127.255.0.9",
                              "169.254.169.254",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.0.0.192",
                              "192.0.2.1",
                              "192.88.99.1",
                              "192.168.1.1",
                              "198.18.0.1",
                              "198.19.255.255",
                              "198.51.100.7",
                              "203.0.113.9",
                              "224.0.0.1",
                              "239.1.1.1",
                              "240.0.0.1",
                              "255.255.255.255",
                              "168.63.129.16",
                              "::",
                              "::1",
                              "::7f00:1",
                              "::ffff:127.0.0.1",
                              "::ffff:10.1.2.3",
                              "::ffff:169.254.169.254",
                              "64:ff9b::7f00:1",
                              "64:ff9b::a00:1",
                              "64:ff9b:1::1",
                              "2002:7f00:1::",
                              "2002:a00:1::1",
                              "2002:c0a8:101::",
                              "2001:0:1::1",
                              "2001:db8::1",
                              "fc00::1",
                              "fd00:ec2::254",
                              "fe80::1",
                              "febf::1",
                              "fec0::1",
                              "ff02::1",
                              "100::1",
                              "3fff::1"})
    EXPECT_FALSE(allows(guard, address)) << address;
}

TEST(EgressGuard, LetsPublicAddressesThrough) {
  const EgressGuard guard;
  for (const auto* address :
       {"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.0.0.1", "172.15.0.1",
        "172.32.0.1", "192.167.0.1", "198.17.0.1", "198.20.0.1", "223.255.255.255", "2606:4700:4700::1111",
        "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"})
    EXPECT_TRUE(allows(guard, address)) << address;
}

TEST(EgressGuard, AllowsWhatTheOperatorNamed) {
  const auto guard =
      EgressGuard::parse({"10.1.0.0/16", "127.0.0.1:9000", "[::1]:25", "Hooks.Internal:8443", "fd00:1::/32"});

  ASSERT_TRUE(guard);
  EXPECT_TRUE(allows(*guard, "10.1.200.3", 80));
  EXPECT_TRUE(allows(*guard, "::ffff:10.1.200.3", 80));
  EXPECT_FALSE(allows(*guard, "10.2.0.1", 80));
  EXPECT_TRUE(allows(*guard, "127.0.0.1", 9000));
  EXPECT_FALSE(allows(*guard, "127.0.0.1", 9001));
  EXPECT_TRUE(allows(*guard, "::1", 25));
  EXPECT_FALSE(allows(*guard, "::1", 26));
  EXPECT_TRUE(allows(*guard, "192.168.0.9", 8443, "hooks.internal."));
  EXPECT_FALSE(allows(*guard, "192.168.0.9", 8443, "evil.internal"));
  EXPECT_FALSE(allows(*guard, "192.168.0.9", 80, "hooks.internal"));
  EXPECT_TRUE(allows(*guard, "fd00:1::9", 80));
}

TEST(EgressGuard, SaysWhyItRefuses) {
  const auto refused = EgressGuard().check("x", *IpAddress::parse("169.254.169.254"), 80);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Errc::denied);
  EXPECT_EQ(refused.error().reason, "egress to 169.254.169.254 is refused (link-local or cloud metadata)");
}

TEST(EgressGuard, RefusesSettingsItDoesNotUnderstand) {
  for (const auto* bad : {"", "10.0.0.0/33", "host", "host:", ":80", "host:0", "host:65536", "host:8x", "a b:80",
                          "10.0.0.0/8:80", "http://x:80"})
    EXPECT_FALSE(EgressGuard::parse({bad})) << bad;
}

TEST(Cidr, CountsTheBitsOfItsFamily) {
  EXPECT_TRUE(Cidr::parse("192.168.0.0/25")->contains(*IpAddress::parse("192.168.0.127")));
  EXPECT_FALSE(Cidr::parse("192.168.0.0/25")->contains(*IpAddress::parse("192.168.0.128")));
  EXPECT_TRUE(Cidr::parse("0.0.0.0/0")->contains(*IpAddress::parse("8.8.8.8")));
  EXPECT_FALSE(Cidr::parse("0.0.0.0/0")->contains(*IpAddress::parse("2a00::1")));
  EXPECT_TRUE(Cidr::parse("::/0")->contains(*IpAddress::parse("2a00::1")));
  EXPECT_TRUE(Cidr::parse("1.2.3.4")->contains(*IpAddress::parse("1.2.3.4")));
  for (const auto* bad : {"1.2.3", "1.2.3.4/", "1.2.3.4/a", "::/129", "1.2.3.4/-1", "01.2.3.4", "fe80::1%eth0", "x/8"})
    EXPECT_FALSE(Cidr::parse(bad)) << bad;
}

}  // namespace
}  // namespace cardea::http
