#include "identity/database_sessions.h"

namespace cardea::identity {

using base::Errc;
using base::Result;

base::awaitable<Result<model::Session>> DatabaseSessions::find(model::TenantId tenant, model::Session carried) {
  auto session = co_await sessions_.find(std::move(tenant), carried.id);
  if (session && session->user != carried.user) co_return base::fail(Errc::not_found, "session of another user");
  co_return session;
}

base::awaitable<Result<model::Session>> DatabaseSessions::look_up(model::TenantId tenant, model::SessionId id) {
  return sessions_.find(std::move(tenant), std::move(id));
}

base::awaitable<std::vector<model::Session>> DatabaseSessions::elsewhere(model::TenantId, model::UserKey) {
  co_return std::vector<model::Session>{};
}

Result<void> DatabaseSessions::start_in(store::Transaction& transaction, const model::TenantId& tenant,
                                        const model::Session& session) {
  return sessions_.put_in(transaction, tenant, session);
}

base::awaitable<Result<void>> DatabaseSessions::started(model::TenantId, model::Session) { co_return Result<void>{}; }

base::awaitable<Result<model::Session>> DatabaseSessions::change(model::TenantId tenant, model::Session carried,
                                                                 Change change) {
  model::Session changed;
  const auto mark = co_await database_.write([&](store::Transaction& transaction) -> Result<void> {
    auto current = sessions_.get_in(transaction, tenant, carried.id);
    if (!current) return base::pass_on(current);
    if (!current->alive(transaction.now())) return base::fail(Errc::not_found, "session ended");
    change(*current);
    changed = std::move(*current);
    return sessions_.put_in(transaction, tenant, changed);
  });
  if (!mark) co_return base::pass_on(mark);
  co_return changed;
}

}  // namespace cardea::identity
