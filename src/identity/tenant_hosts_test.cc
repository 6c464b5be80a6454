#include "identity/tenant_hosts.h"

#include <gtest/gtest.h>

namespace cardea::identity {
namespace {

using Kind = TenantHosts::Kind;

TEST(TenantHosts, TellsTheTenantFromTheHost) {
  const TenantHosts hosts("https://id.example.com:8443");
  struct Case {
    std::string host;
    Kind kind;
    std::string label;
  };
  const std::vector<Case> cases{
      {"id.example.com", Kind::base, ""},
      {"ID.Example.com:8443", Kind::base, ""},
      {"id.example.com.:443", Kind::base, ""},
      {"localhost:1234", Kind::base, ""},
      {"127.0.0.1:8443", Kind::base, ""},
      {"127.8.9.1", Kind::base, ""},
      {"[::1]:8443", Kind::base, ""},
      {"acme.id.example.com:8443", Kind::tenant, "acme"},
      {"ACME.id.example.com", Kind::tenant, "acme"},
      {"acme.localhost:8443", Kind::tenant, "acme"},
      {"a.b.id.example.com", Kind::other, ""},
      {"evil-id.example.com", Kind::other, ""},
      {"evilid.example.com", Kind::other, ""},
      {".id.example.com", Kind::other, ""},
      {"login.acme.com", Kind::other, ""},
      {"192.0.2.1", Kind::other, ""},
  };
  for (const auto& c : cases) {
    const auto host = hosts.classify(c.host);
    EXPECT_EQ(host.kind, c.kind) << c.host;
    EXPECT_EQ(host.label, c.label) << c.host;
    EXPECT_FALSE(host.name.empty()) << c.host;
  }
}

TEST(TenantHosts, WhatIsNoHostHasNoName) {
  const TenantHosts hosts("https://id.example.com");
  for (const std::string host : {"", "a b", "a/b", "x\r\ny", "ä.example.com", "[::1", ":8443"})
    EXPECT_TRUE(hosts.classify(host).name.empty()) << host;
  EXPECT_TRUE(hosts.classify(std::string(300, 'a')).name.empty());
}

TEST(TenantHosts, IssuersKeepSchemeAndPortOfTheBaseUrl) {
  const TenantHosts hosts("https://id.example.com:8443");
  EXPECT_EQ(hosts.base_issuer(), "https://id.example.com:8443/");
  EXPECT_EQ(hosts.issuer_of(hosts.tenant_authority("acme")), "https://acme.id.example.com:8443/");

  const TenantHosts plain("http://127.0.0.1:8080");
  EXPECT_EQ(plain.base_issuer(), "http://127.0.0.1:8080/");
  EXPECT_EQ(plain.issuer_of(plain.tenant_authority("acme")), "http://acme.localhost:8080/");
}

}  // namespace
}  // namespace cardea::identity
