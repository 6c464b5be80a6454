#include "identity/cookie_sessions.h"

namespace cardea::identity {

using base::Errc;
using base::Result;

base::awaitable<Result<model::Session>> CookieSessions::find(model::TenantId tenant, model::Session carried) {
  const auto row = co_await sessions_.find(std::move(tenant), carried.id);
  if (row && row->revoked) co_return base::fail(Errc::not_found, "session ended");
  if (!row && row.error().code != Errc::not_found) co_return base::pass_on(row);
  co_return carried;
}

base::awaitable<Result<model::Session>> CookieSessions::look_up(model::TenantId, model::SessionId) {
  co_return base::fail(Errc::not_found, "the session is known to its browser only");
}

base::awaitable<std::vector<model::Session>> CookieSessions::elsewhere(model::TenantId, model::UserKey) {
  co_return std::vector<model::Session>{};
}

Result<void> CookieSessions::start_in(store::Transaction&, const model::TenantId&, const model::Session&) { return {}; }

base::awaitable<Result<void>> CookieSessions::started(model::TenantId, model::Session) { co_return Result<void>{}; }

base::awaitable<Result<model::Session>> CookieSessions::change(model::TenantId, model::Session carried, Change change) {
  change(carried);
  co_return carried;
}

}  // namespace cardea::identity
