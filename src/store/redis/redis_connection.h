#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/connect_gate.h"
#include "store/redis/redis_reply.h"
#include "store/redis/redis_url.h"

namespace cardea::store {

struct RedisLogin {
  std::string user, password;
  int database = 0;
  bool must_be_master = false;  // what a sentinel named may have become a replica meanwhile
};

struct RedisLimits {
  base::Duration connect{500};  // with its greeting
  base::Duration reply{250};
  std::size_t waiting = 10'000;  // commands that may be on their way
};

// One connection to one node: opened when it is needed, thrown away when an answer is late. Commands of several callers
// travel together. Lives on one event loop and may be called from there only.
class RedisConnection {
 public:
  // `clock` must outlive it.
  RedisConnection(base::Executor loop, RedisAddress address, RedisLogin login, const RedisLimits& limits,
                  const base::Clock& clock);
  ~RedisConnection();

  // The replies in the order of the commands. unavailable: the node cannot be reached or is too slow; it may have done
  // the commands nevertheless.
  base::awaitable<base::Result<std::vector<RedisReply>>> call(std::vector<RedisCommand> commands);

 private:
  class Link;
  base::awaitable<base::Result<std::shared_ptr<Link>>> connected();
  base::awaitable<base::Result<std::shared_ptr<Link>>> connect();
  base::awaitable<base::Result<void>> greet(Link& link);

  const base::Executor loop_;
  const RedisAddress address_;
  const RedisLogin login_;
  const RedisLimits limits_;
  ConnectGate gate_;
  std::shared_ptr<Link> link_;
  bool connecting_ = false;
};

}  // namespace cardea::store
