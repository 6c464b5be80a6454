#include "http/cidr.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace cardea::http {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.size() > INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string terminated(text);
  IpAddress address;
  std::copy(kMapped.begin(), kMapped.end(), address.bytes.begin());
  if (inet_pton(AF_INET, terminated.c_str(), address.bytes.data() + 12) == 1) {
    address.v4 = true;
    return address;
  }
  if (inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) != 1) return std::nullopt;
  address.v4 = std::equal(kMapped.begin(), kMapped.end(), address.bytes.begin());
  return address;
}

std::string IpAddress::to_string() const {
  char text[INET6_ADDRSTRLEN] = {};
  if (v4)
    inet_ntop(AF_INET, bytes.data() + 12, text, sizeof text);
  else
    inet_ntop(AF_INET6, bytes.data(), text, sizeof text);
  return text;
}

bool IpAddress::is_loopback() const {
  if (v4) return bytes[12] == 127;
  return bytes[15] == 1 && std::all_of(bytes.begin(), bytes.end() - 1, [](std::uint8_t b) { return b == 0; });
}

base::Result<Cidr> Cidr::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return base::fail(base::Errc::invalid, "not an IP address or network: " + std::string(text));
  Cidr cidr{*address, 128};
  if (slash == std::string_view::npos) return cidr;
  const auto digits = text.substr(slash + 1);
  // "::ffff:10.0.0.0/104" counts over 128 bits, "10.0.0.0/8" over 32.
  const bool dotted = address->v4 && text.find(':') == std::string_view::npos;
  unsigned prefix = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size() || prefix > (dotted ? 32U : 128U))
    return base::fail(base::Errc::invalid, "bad prefix length: " + std::string(text));
  cidr.prefix = dotted ? prefix + 96 : prefix;
  return cidr;
}

bool Cidr::contains(const IpAddress& address) const {
  const std::size_t whole = prefix / 8;
  if (std::memcmp(network.bytes.data(), address.bytes.data(), whole) != 0) return false;
  const unsigned rest = prefix % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xFF << (8 - rest));
  return (network.bytes[whole] & mask) == (address.bytes[whole] & mask);
}

base::Result<std::vector<Cidr>> parse_cidrs(const std::vector<std::string>& texts) {
  std::vector<Cidr> out;
  for (const auto& text : texts) {
    auto cidr = Cidr::parse(text);
    if (!cidr) return base::pass_on(cidr);
    out.push_back(*cidr);
  }
  return out;
}

bool any_contains(const std::vector<Cidr>& networks, const IpAddress& address) {
  return std::any_of(networks.begin(), networks.end(), [&](const Cidr& network) { return network.contains(address); });
}

}  // namespace cardea::http
