#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/cidr.h"
#include "http/headers.h"

namespace cardea::http {

// Who the client is and how it addressed us, as far as the proxies between can be believed.
struct ClientView {
  IpAddress address;
  bool forwarded = false;             // some proxy stands between, or claims to
  std::optional<std::string> scheme;  // "http" or "https", when a trusted proxy says so
  std::optional<std::string> host;    // lower case, when a trusted proxy says so
};

// Reads Forwarded (RFC 7239), else X-Forwarded-For, -Proto and -Host, only when `peer` is in `trusted`. Proxies append:
// from the right, the first address that is not trusted is the client's; scheme and host come from the same hop. A hop
// without a readable address ("unknown", "_hidden", rubbish) ends the walk at the proxy that reported it.
ClientView see_client(const IpAddress& peer, const std::vector<Cidr>& trusted, const Headers& headers);

// The Host rules of RFC 9110 §7.2: a name, IPv4 or bracketed IPv6, perhaps with a port. Lower case; nullopt otherwise.
std::optional<std::string> parse_host(std::string_view text);

// Whether a host[:port] names this machine: localhost, *.localhost, 127.0.0.0/8, [::1].
bool is_loopback_host(std::string_view host);

}  // namespace cardea::http
