#pragma once

#include <functional>
#include <vector>

#include "base/async.h"
#include "base/result.h"
#include "model/session.h"
#include "store/database.h"

namespace cardea::identity {

// Where login sessions live (`sessions.store`; docs/design/0014-sessions.md). The cookie carries its session as it was
// when the cookie was set; a keeper may know better. That a session is over is in the database in any case
// (store::Sessions::revoke_in), so no keeper can bring one back. Safe from any thread.
class SessionKeeper {
 public:
  virtual ~SessionKeeper() = default;

  // The session that a genuine cookie carries, as it is now; it may be past its end. not_found: ended, or not known
  // where it had to be.
  virtual base::awaitable<base::Result<model::Session>> find(model::TenantId tenant, model::Session carried) = 0;
  // The same when only its id is known. not_found also when nothing but its cookie could tell.
  virtual base::awaitable<base::Result<model::Session>> look_up(model::TenantId tenant, model::SessionId id) = 0;
  // Live sessions of the user of which the database has no row, as far as anybody knows them.
  virtual base::awaitable<std::vector<model::Session>> elsewhere(model::TenantId tenant, model::UserKey user) = 0;

  // A new or renewed session: first as a step of the unit of work of the login, then, when that is committed, once more
  // outside of it.
  virtual base::Result<void> start_in(store::Transaction& transaction, const model::TenantId& tenant,
                                      const model::Session& session) = 0;
  virtual base::awaitable<base::Result<void>> started(model::TenantId tenant, model::Session session) = 0;
  // Applies `change` to what find() would give. not_found: it has ended. `change` may run more than once.
  using Change = std::function<void(model::Session&)>;
  virtual base::awaitable<base::Result<model::Session>> change(model::TenantId tenant, model::Session carried,
                                                               Change change) = 0;

  // For /health: whether what it needs besides the database is there. Sessions go on without it.
  virtual base::awaitable<base::Result<void>> check() { co_return base::Result<void>{}; }

  // Whether the cookie is what there is, and has to be set again when the session changes. Else the session has a row
  // in the database as long as it is alive.
  virtual bool in_cookie() const = 0;
};

}  // namespace cardea::identity
