#pragma once

#include <expected>
#include <string_view>
#include <vector>

#include "http/cidr.h"
#include "http/request.h"
#include "http/request_parser.h"

namespace cardea::http {

// The connection that a request came on.
struct Arrival {
  IpAddress peer;
  std::string_view peer_text;  // peer.to_string(), made once per connection
  bool tls = false;
  const std::vector<Cidr>& trusted;  // proxies whose headers count
};

// Turns a head into a Request without its body: target split and decoded, client, host and scheme as far as proxies
// may say so. The unexpected value is the status to refuse with: 400. request_id stays empty unless a trusted proxy
// sent a sane one.
std::expected<Request, int> build_request(RequestHead& head, const Arrival& arrival);

// [A-Za-z0-9._-]{8,64}
bool is_sane_request_id(std::string_view text);

}  // namespace cardea::http
