#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cardea::store {

struct RedisAddress {
  std::string host;
  std::uint16_t port = 6379;

  friend auto operator<=>(const RedisAddress&, const RedisAddress&) = default;
  std::string text() const { return host + ":" + std::to_string(port); }
};

// redis://[[user]:password@]host[:port][,host[:port]…][/database][?sentinel=NAME | ?cluster=true]
struct RedisUrl {
  enum class Topology {
    single,    // the hosts are tried in their order
    sentinel,  // the hosts are sentinels; the master of `master_name` is asked of them
    cluster    // the hosts are some nodes of a Redis Cluster
  };
  std::vector<RedisAddress> hosts;
  std::string user, password;
  int database = 0;
  Topology topology = Topology::single;
  std::string master_name;

  // invalid. The reason never quotes the URL, which may have a password in it.
  static base::Result<RedisUrl> parse(std::string_view text);
};

}  // namespace cardea::store
