#pragma once

#include "identity/session_keeper.h"
#include "store/sessions.h"

namespace cardea::identity {

// `sessions.store = "jwt"`: the sealed cookie is the session; the database has a row of it once it was ended. Nothing
// is written by a login or a visit, and any cell goes on with it. Nobody can list these sessions.
class CookieSessions final : public SessionKeeper {
 public:
  // Must outlive it.
  explicit CookieSessions(store::Sessions& sessions) : sessions_(sessions) {}

  base::awaitable<base::Result<model::Session>> find(model::TenantId tenant, model::Session carried) override;
  base::awaitable<base::Result<model::Session>> look_up(model::TenantId tenant, model::SessionId id) override;
  base::awaitable<std::vector<model::Session>> elsewhere(model::TenantId tenant, model::UserKey user) override;
  base::Result<void> start_in(store::Transaction& transaction, const model::TenantId& tenant,
                              const model::Session& session) override;
  base::awaitable<base::Result<void>> started(model::TenantId tenant, model::Session session) override;
  base::awaitable<base::Result<model::Session>> change(model::TenantId tenant, model::Session carried,
                                                       Change change) override;
  bool in_cookie() const override { return true; }

 private:
  store::Sessions& sessions_;
};

}  // namespace cardea::identity
