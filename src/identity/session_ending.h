#pragma once

#include <string>
#include <string_view>

#include "base/async.h"
#include "base/result.h"
#include "identity/request_context.h"
#include "identity/session_keeper.h"
#include "store/refresh_families.h"
#include "store/sessions.h"

namespace cardea::identity {

// Ends sessions: revokes the row, queues the back-channel logout of every client that took part (OpenID Connect
// Back-Channel Logout 1.0) and the event slo, in one unit of work.
class SessionEnding {
 public:
  // All must outlive it.
  SessionEnding(SessionKeeper& keeper, store::Database& database, store::Sessions& sessions,
                store::RefreshFamilies& families);

  // `initiator`: "rp-logout", "password-changed", "session-revoked", "account-deleted" … (reference §9).
  base::awaitable<base::Result<void>> end(RequestContext context, model::Session session, std::string initiator);
  // When only its id is known. Where nobody but its browser knows it, it is over all the same, and no client is told.
  base::awaitable<base::Result<void>> end_named(RequestContext context, model::SessionId session,
                                                std::string initiator);

  base::Result<void> end_in(store::Transaction& transaction, const RequestContext& context,
                            const model::Session& session, std::string_view initiator);
  // What end_all_in() cannot see from within a unit of work: sessions that have no row.
  base::awaitable<std::vector<model::Session>> elsewhere(model::TenantId tenant, model::UserKey user);
  // All sessions and refresh families of the user.
  base::Result<void> end_all_in(store::Transaction& transaction, const RequestContext& context,
                                const model::UserKey& user, const std::vector<model::Session>& elsewhere,
                                std::string_view initiator);

 private:
  SessionKeeper& keeper_;
  store::Database& database_;
  store::Sessions& sessions_;
  store::RefreshFamilies& families_;
};

}  // namespace cardea::identity
