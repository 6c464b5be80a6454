#include "identity/cached_sessions.h"

#include <algorithm>

namespace cardea::identity {
namespace {

using base::Errc;
using base::Result;

constexpr std::size_t kMostOfUser = 1000;

// Who signed in, when and until when at most is believed to the sealed cookie only; what was done since then, to others
// too.
void add_activity(model::Session& carried, const model::Session& known) {
  if (known.user != carried.user) return;
  if (known.last_seen_at > carried.last_seen_at) {
    carried.last_seen_at = known.last_seen_at;
    carried.idle_expires_at = std::min(known.idle_expires_at, carried.expires_at);
  }
  for (const auto& client : known.clients)
    if (std::ranges::find(carried.clients, client) == carried.clients.end()) carried.clients.push_back(client);
}

}  // namespace

base::awaitable<Result<model::Session>> CachedSessions::find(model::TenantId tenant, model::Session carried) {
  const auto row = co_await sessions_.find(tenant, carried.id);
  if (!row && row.error().code != Errc::not_found) co_return base::pass_on(row);
  if (row && row->revoked) co_return base::fail(Errc::not_found, "session ended");
  if (row) add_activity(carried, *row);
  if (const auto cached = co_await cache_.find(std::move(tenant), carried.id)) add_activity(carried, *cached);
  co_return carried;
}

base::awaitable<Result<model::Session>> CachedSessions::look_up(model::TenantId tenant, model::SessionId id) {
  auto row = co_await sessions_.find(tenant, id);
  if (row || row.error().code != Errc::not_found) co_return row;
  auto cached = co_await cache_.find(std::move(tenant), std::move(id));
  if (!cached) co_return base::fail(Errc::not_found, "the session is known to its browser only");
  co_return cached;
}

base::awaitable<std::vector<model::Session>> CachedSessions::elsewhere(model::TenantId tenant, model::UserKey user) {
  auto sessions = co_await cache_.of_user(tenant, std::move(user), kMostOfUser);
  std::vector<model::Session> out;
  if (!sessions) co_return out;
  for (auto& session : *sessions) {
    // One that has a row is found by it, alive or ended.
    const auto row = co_await sessions_.find(tenant, session.id);
    if (!row) out.push_back(std::move(session));
  }
  co_return out;
}

Result<void> CachedSessions::start_in(store::Transaction&, const model::TenantId&, const model::Session&) { return {}; }

base::awaitable<Result<void>> CachedSessions::started(model::TenantId tenant, model::Session session) {
  return keep(std::move(tenant), std::move(session));
}

base::awaitable<Result<model::Session>> CachedSessions::change(model::TenantId tenant, model::Session carried,
                                                               Change change) {
  change(carried);
  // Lost on the way, it is still in the cookie.
  [[maybe_unused]] const auto kept = co_await keep(std::move(tenant), carried);
  co_return carried;
}

base::awaitable<Result<void>> CachedSessions::keep(model::TenantId tenant, model::Session session) {
  if (const auto cached = co_await cache_.put(tenant, session)) co_return cached;
  const auto mark = co_await database_.write(
      [&](store::Transaction& transaction) { return sessions_.put_in(transaction, tenant, session); });
  if (!mark) co_return base::pass_on(mark);
  co_return Result<void>{};
}

}  // namespace cardea::identity
