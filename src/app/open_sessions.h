#pragma once

#include <memory>

#include "app/config.h"
#include "base/log.h"
#include "base/result.h"
#include "identity/session_keeper.h"
#include "store/redis/redis_client.h"
#include "store/session_cache.h"
#include "store/sessions.h"
#include "store/shared_limits.h"

namespace cardea::app {

// What `sessions.store` names, with what it stands on.
struct OpenedSessions {
  std::unique_ptr<store::RedisClient> redis;  // nullptr without one
  std::unique_ptr<store::SessionCache> cache;
  std::unique_ptr<store::SharedLimits> limits;
  std::unique_ptr<identity::SessionKeeper> keeper;
};

// All arguments must outlive it. invalid: a wrong address.
base::Result<OpenedSessions> open_sessions(const Config& config, store::Database& database, store::Sessions& sessions,
                                           const base::Clock& clock, base::Log& log);

}  // namespace cardea::app
