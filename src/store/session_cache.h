#pragma once

#include <vector>

#include "base/async.h"
#include "base/result.h"
#include "model/session.h"

namespace cardea::store {

// Live sessions in a store that the nodes share and that may lose them at any time. What they say of who signed in and
// when is in a sealed cookie, and that one is over is in the database: here is the rest. Safe from any executor.
class SessionCache {
 public:
  virtual ~SessionCache() = default;

  // not_found; unavailable: the store cannot be reached.
  virtual base::awaitable<base::Result<model::Session>> find(model::TenantId tenant, model::SessionId id) = 0;
  // Overwrites; clients that are known already stay. It goes by itself when the session expires.
  virtual base::awaitable<base::Result<void>> put(model::TenantId tenant, model::Session session) = 0;
  // At most `limit`, those that expire last.
  virtual base::awaitable<base::Result<std::vector<model::Session>>> of_user(model::TenantId tenant,
                                                                             model::UserKey user,
                                                                             std::size_t limit) = 0;
  // Whether it can be reached.
  virtual base::awaitable<base::Result<void>> check() = 0;
};

}  // namespace cardea::store
