#include "http/proxy_protocol.h"

#include <algorithm>

namespace cardea::http {
namespace {

constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kFixed = 16;

std::uint8_t byte(std::string_view bytes, std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); }

IpAddress read_address(std::string_view bytes, bool v4) {
  IpAddress address;
  if (v4) {
    address.v4 = true;
    address.bytes[10] = address.bytes[11] = 0xFF;
  }
  const std::size_t offset = v4 ? 12 : 0;
  for (std::size_t i = 0; i + offset < 16; ++i) address.bytes[i + offset] = byte(bytes, i);
  // An IPv4-mapped address is the IPv4 address, see IpAddress.
  return v4 ? address : IpAddress::parse(address.to_string()).value_or(address);
}

}  // namespace

ProxyHeader parse_proxy_header(std::string_view bytes) {
  const ProxyHeader malformed{.state = ProxyHeader::State::malformed};
  const auto seen = std::min(bytes.size(), kSignature.size());
  if (bytes.substr(0, seen) != kSignature.substr(0, seen)) return malformed;
  if (bytes.size() < kFixed) return {};
  const std::size_t length = byte(bytes, 14) * std::size_t{256} + byte(bytes, 15);
  if (kFixed + length > kMaxProxyHeader) return malformed;
  const int version = byte(bytes, 12) >> 4;
  const int command = byte(bytes, 12) & 15;
  if (version != 2 || command > 1) return malformed;
  if (bytes.size() < kFixed + length) return {};

  ProxyHeader header{.state = ProxyHeader::State::complete, .size = kFixed + length};
  const int family = byte(bytes, 13) >> 4;
  const bool v4 = family == 1;
  header.local = command == 0 || (family != 1 && family != 2);
  if (header.local) return header;
  if (length < (v4 ? 12U : 36U)) return malformed;
  header.source = read_address(bytes.substr(kFixed, v4 ? 4 : 16), v4);
  return header;
}

}  // namespace cardea::http
