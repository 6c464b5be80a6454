#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/cidr.h"

namespace cardea::http {

// The PROXY protocol, version 2 (the binary one): a proxy that only moves bytes says who the client is.
struct ProxyHeader {
  enum class State { need_more, complete, malformed };
  State state = State::need_more;
  std::size_t size = 0;  // bytes to take off the stream; good when complete
  bool local = false;    // the proxy speaks for itself (health check): the peer's own address counts
  IpAddress source;      // good when complete and not local
};

// Headers with extensions may be this long; longer ones are malformed.
constexpr std::size_t kMaxProxyHeader = 16 + 512;

ProxyHeader parse_proxy_header(std::string_view bytes);

}  // namespace cardea::http
