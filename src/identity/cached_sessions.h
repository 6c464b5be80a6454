#pragma once

#include "identity/session_keeper.h"
#include "store/session_cache.h"
#include "store/sessions.h"

namespace cardea::identity {

// `sessions.store = "redis://…"`: a shared cache knows the last visit, the clients that took part, and which sessions a
// user has. The cookie carries all that a session needs to go on when the cache has lost it; while the cache is away,
// the database keeps what it would have kept.
class CachedSessions final : public SessionKeeper {
 public:
  // All must outlive it.
  CachedSessions(store::SessionCache& cache, store::Database& database, store::Sessions& sessions)
      : cache_(cache), database_(database), sessions_(sessions) {}

  base::awaitable<base::Result<model::Session>> find(model::TenantId tenant, model::Session carried) override;
  base::awaitable<base::Result<model::Session>> look_up(model::TenantId tenant, model::SessionId id) override;
  base::awaitable<std::vector<model::Session>> elsewhere(model::TenantId tenant, model::UserKey user) override;
  base::Result<void> start_in(store::Transaction& transaction, const model::TenantId& tenant,
                              const model::Session& session) override;
  base::awaitable<base::Result<void>> started(model::TenantId tenant, model::Session session) override;
  base::awaitable<base::Result<model::Session>> change(model::TenantId tenant, model::Session carried,
                                                       Change change) override;
  base::awaitable<base::Result<void>> check() override { return cache_.check(); }
  bool in_cookie() const override { return true; }

 private:
  base::awaitable<base::Result<void>> keep(model::TenantId tenant, model::Session session);

  store::SessionCache& cache_;
  store::Database& database_;
  store::Sessions& sessions_;
};

}  // namespace cardea::identity
