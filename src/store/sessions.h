#pragma once

#include <vector>

#include "model/session.h"
#include "store/database.h"

namespace cardea::store {

// Login sessions (C3, owned by the cell that minted them).
class Sessions {
 public:
  explicit Sessions(Database& database);

  // not_found also when it has expired; a revoked one is found (revoked = true).
  base::awaitable<base::Result<model::Session>> find(model::TenantId tenant, model::SessionId id);
  // Without revoked ones.
  base::awaitable<base::Result<std::vector<model::Session>>> of_user(model::TenantId tenant, model::UserKey user);

  // Inserts or overwrites. What was revoked stays revoked, and clients that took part stay in the list, whatever
  // `session` says. It expires at the earlier of its two ends.
  base::Result<void> put_in(Transaction& transaction, const model::TenantId& tenant, const model::Session& session);
  // Read for update.
  base::Result<model::Session> get_in(Transaction& transaction, const model::TenantId& tenant,
                                      const model::SessionId& id);
  // C1. Never undone. A session that has no row, because it lives elsewhere, gets one that says that it is over, and
  // keeps it until its absolute end.
  base::Result<void> revoke_in(Transaction& transaction, const model::TenantId& tenant, const model::Session& session);
  // Gives those that were alive, and notes on the user that earlier logins count no more (wherever their sessions
  // live).
  base::Result<std::vector<model::Session>> revoke_of_user_in(Transaction& transaction, const model::TenantId& tenant,
                                                              const model::UserKey& user);

 private:
  Database& database_;
};

}  // namespace cardea::store
