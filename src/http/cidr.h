#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cardea::http {

// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address (::ffff:1.2.3.4) is the IPv4 address: it reaches the same host.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};  // an IPv4 address sits in the last four, behind ::ffff:
  bool v4 = false;

  // Dotted quad of four decimal numbers without leading zeros, or RFC 4291 text (without zone). nullopt otherwise.
  static std::optional<IpAddress> parse(std::string_view text);
  std::string to_string() const;
  bool is_loopback() const;
  bool operator==(const IpAddress&) const = default;
};

// "10.0.0.0/8", "fd00::/8", or a single address.
struct Cidr {
  IpAddress network;
  unsigned prefix = 128;  // over the 16 bytes: 96 + n for IPv4

  // invalid: no address, a prefix out of range.
  static base::Result<Cidr> parse(std::string_view text);
  bool contains(const IpAddress& address) const;
};

// invalid: names the entry that is wrong.
base::Result<std::vector<Cidr>> parse_cidrs(const std::vector<std::string>& texts);
bool any_contains(const std::vector<Cidr>& networks, const IpAddress& address);

}  // namespace cardea::http
