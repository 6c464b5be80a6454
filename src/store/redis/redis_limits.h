#pragma once

#include "store/redis/redis_client.h"
#include "store/shared_limits.h"

namespace cardea::store {

// Each step is one script on one key, so that nodes do not race. Time is that of the Redis server.
class RedisSharedLimits final : public SharedLimits {
 public:
  // Must outlive it.
  explicit RedisSharedLimits(RedisClient& client) : client_(client) {}

  base::awaitable<base::Result<bool>> take(std::string name, Bucket bucket) override;
  base::awaitable<base::Result<Block>> block_of(Guess guess, GuessRules rules) override;
  base::awaitable<base::Result<bool>> failed(Guess guess, GuessRules rules) override;
  base::awaitable<base::Result<void>> succeeded(Guess guess, GuessRules rules) override;
  base::awaitable<base::Result<void>> forget(std::string account) override;

 private:
  base::awaitable<base::Result<std::int64_t>> run(std::string_view script, std::string key,
                                                  std::vector<std::string> arguments);
  base::awaitable<base::Result<std::int64_t>> bucket(std::string key, const Bucket& bucket, bool takes);

  RedisClient& client_;
};

}  // namespace cardea::store
