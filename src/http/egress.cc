#include "http/egress.h"

#include <algorithm>
#include <charconv>

namespace cardea::http {
namespace {

struct Reserved {
  Cidr network;
  const char* kind;
};

// IANA special-purpose registries (RFC 6890 and its updates), as far as a packet must not go there for a stranger.
const std::vector<Reserved>& reserved() {
  static const std::vector<Reserved> kTable = [] {
    static constexpr std::pair<const char*, const char*> kTexts[] = {
        {"0.0.0.0/8", "this network"},
        {"10.0.0.0/8", "private"},
        {"100.64.0.0/10", "carrier-grade NAT"},
        {"127.0.0.0/8", "loopback"},
        {"169.254.0.0/16", "link-local or cloud metadata"},
        {"172.16.0.0/12", "private"},
        {"192.0.0.0/24", "protocol assignments or cloud metadata"},
        {"192.0.2.0/24", "documentation"},
        {"192.88.99.0/24", "6to4 relay"},
        {"192.168.0.0/16", "private"},
        {"168.63.129.16/32", "cloud metadata"},
        {"198.18.0.0/15", "benchmarking"},
        {"198.51.100.0/24", "documentation"},
        {"203.0.113.0/24", "documentation"},
        {"224.0.0.0/4", "multicast"},
        {"240.0.0.0/4", "reserved or broadcast"},
        {"::/96", "unspecified, loopback or IPv4-compatible"},
        {"64:ff9b:1::/48", "local NAT64"},
        {"100::/64", "discard"},
        {"2001::/23", "protocol assignments"},
        {"2001:db8::/32", "documentation"},
        {"3fff::/20", "documentation"},
        {"5f00::/16", "segment routing"},
        {"fc00::/7", "unique local"},
        {"fe80::/10", "link-local"},
        {"fec0::/10", "site-local"},
        {"ff00::/8", "multicast"},
    };
    std::vector<Reserved> table;
    for (const auto& [network, kind] : kTexts) table.push_back({*Cidr::parse(network), kind});
    return table;
  }();
  return kTable;
}

IpAddress embedded_v4(const IpAddress& address, std::size_t at, std::uint8_t invert = 0) {
  IpAddress out;
  out.v4 = true;
  out.bytes[10] = out.bytes[11] = 0xFF;
  for (std::size_t i = 0; i < 4; ++i) out.bytes[12 + i] = address.bytes[at + i] ^ invert;
  return out;
}

// The IPv4 address that a translator or relay would reach for this IPv6 address.
std::optional<IpAddress> behind(const IpAddress& address) {
  static const Cidr kNat64 = *Cidr::parse("64:ff9b::/96");
  static const Cidr k6to4 = *Cidr::parse("2002::/16");
  if (address.v4) return std::nullopt;
  if (kNat64.contains(address)) return embedded_v4(address, 12);
  if (k6to4.contains(address)) return embedded_v4(address, 2);
  return std::nullopt;
}

const char* kind_of(const IpAddress& address) {
  for (const auto& entry : reserved())
    if (entry.network.contains(address)) return entry.kind;
  if (const auto inner = behind(address)) return kind_of(*inner);
  return nullptr;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return out;
}

// Without the brackets of an IPv6 literal and without the dot that ends a full name.
std::string plain_host(std::string_view host) {
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (host.ends_with('.')) host.remove_suffix(1);
  return lower(host);
}

}  // namespace

base::Result<EgressGuard> EgressGuard::parse(const std::vector<std::string>& allow) {
  EgressGuard guard;
  for (const auto& entry : allow) {
    if (auto cidr = Cidr::parse(entry)) {
      guard.networks_.push_back(*cidr);
      continue;
    }
    const auto colon = entry.rfind(':');
    unsigned port = 0;
    const char* const digits = entry.data() + (colon == std::string::npos ? entry.size() : colon + 1);
    const char* const entry_end = entry.data() + entry.size();
    const auto [end, error] = std::from_chars(digits, entry_end, port);
    const auto host = plain_host(std::string_view(entry).substr(0, colon));
    const bool plausible = !host.empty() && host.find_first_of("/ []@") == std::string::npos;
    if (colon == std::string::npos || digits == entry_end || error != std::errc() || end != entry_end || port == 0 ||
        port > 65535 || !plausible)
      return base::fail(base::Errc::invalid, "neither a network nor host:port: " + entry);
    guard.endpoints_.push_back({host, static_cast<std::uint16_t>(port)});
  }
  return guard;
}

base::Result<void> EgressGuard::check(std::string_view host, const IpAddress& address, std::uint16_t port) const {
  const char* const kind = kind_of(address);
  if (kind == nullptr || any_contains(networks_, address)) return {};
  const auto asked = plain_host(host);
  const auto numeric = address.to_string();
  for (const auto& endpoint : endpoints_)
    if (endpoint.port == port && (endpoint.host == asked || endpoint.host == numeric)) return {};
  return base::fail(base::Errc::denied, "egress to " + numeric + " is refused (" + kind + ")");
}

}  // namespace cardea::http
