#pragma once

#include "identity/session_keeper.h"
#include "store/sessions.h"

namespace cardea::identity {

// `sessions.store = "database"`: a row for each session. What the cookie carries beyond the id does not count.
class DatabaseSessions final : public SessionKeeper {
 public:
  // Both must outlive it.
  DatabaseSessions(store::Database& database, store::Sessions& sessions) : database_(database), sessions_(sessions) {}

  base::awaitable<base::Result<model::Session>> find(model::TenantId tenant, model::Session carried) override;
  base::awaitable<base::Result<model::Session>> look_up(model::TenantId tenant, model::SessionId id) override;
  base::awaitable<std::vector<model::Session>> elsewhere(model::TenantId tenant, model::UserKey user) override;
  base::Result<void> start_in(store::Transaction& transaction, const model::TenantId& tenant,
                              const model::Session& session) override;
  base::awaitable<base::Result<void>> started(model::TenantId tenant, model::Session session) override;
  base::awaitable<base::Result<model::Session>> change(model::TenantId tenant, model::Session carried,
                                                       Change change) override;
  bool in_cookie() const override { return false; }

 private:
  store::Database& database_;
  store::Sessions& sessions_;
};

}  // namespace cardea::identity
