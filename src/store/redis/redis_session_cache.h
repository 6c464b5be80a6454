#pragma once

#include "store/redis/redis_client.h"
#include "store/session_cache.h"

namespace cardea::store {

// A hash for each session, and a sorted set of session ids for each user. Their keys are on different nodes of a
// cluster, so each is written by itself, the session first; both expire.
class RedisSessionCache final : public SessionCache {
 public:
  // Both must outlive it.
  RedisSessionCache(RedisClient& client, const base::Clock& clock) : client_(client), clock_(clock) {}

  base::awaitable<base::Result<model::Session>> find(model::TenantId tenant, model::SessionId id) override;
  base::awaitable<base::Result<void>> put(model::TenantId tenant, model::Session session) override;
  base::awaitable<base::Result<std::vector<model::Session>>> of_user(model::TenantId tenant, model::UserKey user,
                                                                     std::size_t limit) override;
  base::awaitable<base::Result<void>> check() override;

 private:
  RedisClient& client_;
  const base::Clock& clock_;
};

}  // namespace cardea::store
