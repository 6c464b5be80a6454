#include "app/open_sessions.h"

#include "identity/cached_sessions.h"
#include "identity/cookie_sessions.h"
#include "identity/database_sessions.h"
#include "store/redis/redis_limits.h"
#include "store/redis/redis_session_cache.h"

namespace cardea::app {

base::Result<OpenedSessions> open_sessions(const Config& config, store::Database& database, store::Sessions& sessions,
                                           const base::Clock& clock, base::Log& log) {
  OpenedSessions opened;
  if (config.session_store == SessionStore::redis) {
    auto url = store::RedisUrl::parse(config.session_store_url);
    if (!url) return base::pass_on(url);
    opened.redis = std::make_unique<store::RedisClient>(std::move(*url), store::RedisLimits{}, clock, log);
    opened.cache = std::make_unique<store::RedisSessionCache>(*opened.redis, clock);
    opened.limits = std::make_unique<store::RedisSharedLimits>(*opened.redis);
    opened.keeper = std::make_unique<identity::CachedSessions>(*opened.cache, database, sessions);
  } else if (config.session_store == SessionStore::jwt) {
    opened.keeper = std::make_unique<identity::CookieSessions>(sessions);
  } else {
    opened.keeper = std::make_unique<identity::DatabaseSessions>(database, sessions);
  }
  return opened;
}

}  // namespace cardea::app
