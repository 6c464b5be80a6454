#pragma once

#include <string>
#include <string_view>

#include "base/async.h"
#include "base/result.h"
#include "identity/request_context.h"
#include "store/refresh_families.h"
#include "store/sessions.h"

namespace cardea::identity {

// Ends sessions: revokes the row, queues the back-channel logout of every client that took part (OpenID Connect
// Back-Channel Logout 1.0) and the event slo, in one unit of work.
class SessionEnding {
 public:
  // All must outlive it.
  SessionEnding(store::Database& database, store::Sessions& sessions, store::RefreshFamilies& families);

  // `initiator`: "rp-logout", "password-changed", "session-revoked", "account-deleted" … (reference §9).
  base::awaitable<base::Result<void>> end(RequestContext context, model::SessionId session, std::string initiator);

  base::Result<void> end_in(store::Transaction& transaction, const RequestContext& context,
                            const model::Session& session, std::string_view initiator);
  // All sessions and refresh families of the user.
  base::Result<void> end_all_in(store::Transaction& transaction, const RequestContext& context,
                                const model::UserKey& user, std::string_view initiator);

 private:
  store::Database& database_;
  store::Sessions& sessions_;
  store::RefreshFamilies& families_;
};

}  // namespace cardea::identity
