#pragma once

#include <array>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "base/log.h"
#include "store/redis/redis_connection.h"

namespace cardea::store {

// A Redis of any topology: alone, behind sentinels, a cluster. Finds the node of a key, follows it when it moves, and
// says so when there is none. Has a thread of its own; safe from any executor, awaitables complete on the caller's.
class RedisClient {
 public:
  // Connects when it is first used. `clock` and `log` must outlive it.
  RedisClient(RedisUrl url, const RedisLimits& limits, const base::Clock& clock, base::Log& log);
  // No call may be under way.
  ~RedisClient();

  // A command on one key, done perhaps twice when a node is lost: it must not matter. unavailable: not within about a
  // second; at once while Redis is known to be away. invalid: Redis does not like the command.
  base::awaitable<base::Result<RedisReply>> run(std::string key, RedisCommand command);

  // Whether the last command was done.
  bool healthy() const { return healthy_; }

 private:
  // All on the loop.
  base::awaitable<base::Result<RedisReply>> run_on_loop(std::string key, RedisCommand command);
  base::awaitable<base::Result<RedisAddress>> node_of(std::uint16_t slot);
  base::awaitable<base::Result<RedisAddress>> ask_sentinels();
  base::awaitable<base::Result<void>> read_slots();
  base::awaitable<base::Result<RedisReply>> ask(const RedisAddress& node, RedisCommand command, bool asking);
  RedisConnection& connection(const RedisAddress& node);
  void forget_topology();
  void note(bool answered, const std::string& reason);

  const RedisUrl url_;
  const RedisLimits limits_;
  const base::Clock& clock_;
  base::Log& log_;
  boost::asio::io_context loop_{1};
  boost::asio::executor_work_guard<base::Executor> guard_;
  std::map<RedisAddress, std::unique_ptr<RedisConnection>> nodes_, sentinels_;
  std::size_t host_ = 0;                            // of url_.hosts, the one that answered last
  std::optional<RedisAddress> master_;              // sentinel
  std::vector<std::optional<RedisAddress>> slots_;  // cluster
  std::atomic<bool> healthy_ = true;
  std::thread thread_;
};

// The slot of a key in a cluster: CRC16 of what is in its first {…}, else of all of it.
std::uint16_t redis_slot(std::string_view key);

}  // namespace cardea::store
