#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/cidr.h"

namespace cardea::http {

// Decides which addresses calls to places named by tenants may reach (webhooks, key sets, upstream providers, SMTP …).
// Refused unless allowed: loopback, private (RFC 1918), link-local and cloud metadata, unique local, CGNAT (RFC 6598),
// multicast, broadcast, "this network", documentation and other reserved ranges, and IPv6 forms that embed such an
// IPv4 address (mapped, NAT64, 6to4, Teredo). Immutable; safe from any thread.
class EgressGuard {
 public:
  // Allows nothing but public addresses.
  EgressGuard() = default;
  // Entries of egress.allow: "10.1.0.0/16", "127.0.0.1:9000", "[::1]:25", "hooks.internal:8443". invalid: names the bad
  // entry.
  static base::Result<EgressGuard> parse(const std::vector<std::string>& allow);

  // `host`: the name or literal that the caller asked for, any case; `address`: what will really be connected to.
  // denied: the reason names the kind of address.
  base::Result<void> check(std::string_view host, const IpAddress& address, std::uint16_t port) const;
  bool allows(std::string_view host, const IpAddress& address, std::uint16_t port) const {
    return check(host, address, port).has_value();
  }

 private:
  struct Endpoint {
    std::string host;
    std::uint16_t port;
  };
  std::vector<Cidr> networks_;
  std::vector<Endpoint> endpoints_;
};

}  // namespace cardea::http
