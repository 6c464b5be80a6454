#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/async.h"
#include "base/result.h"
#include "identity/request_context.h"
#include "identity/session_keeper.h"
#include "store/artifact.h"
#include "store/sessions.h"
#include "store/users.h"

namespace cardea::identity {

// The SSO session of a browser, named and carried by a sealed cookie (REPLICATION.md §2.11); a SessionKeeper knows
// where the rest is. Cookie names and attributes are the caller's (api/); this is their value.
class SessionService {
 public:
  // All must outlive it.
  SessionService(SessionKeeper& keeper, store::Sessions& sessions, store::Users& users,
                 const store::Artifacts& artifacts, base::Random& random, const base::Clock& clock);

  // The live session of the cookie. not_found: none, expired, revoked, of another tenant, or its user is
  // blocked/deleted, or has had all sessions ended.
  base::awaitable<base::Result<model::Session>> find(RequestContext context, std::string cookie);
  // With its user, who may be blocked: that is the caller's to look at.
  struct SignedIn {
    model::Session session;
    model::User user;
  };
  base::awaitable<base::Result<SignedIn>> find_with_user(RequestContext context, std::string cookie);

  // A new session after an interactive login, in the caller's unit of work. A `previous` one, live and of the same
  // user, is renewed instead: it keeps its id (`sid`), gets a new auth_time. A session of another user is revoked. The
  // cookie value always changes (no session fixation).
  base::Result<model::Session> start_in(store::Transaction& transaction, const RequestContext& context,
                                        const model::User& user, std::vector<std::string> amr,
                                        const std::optional<model::Session>& previous);
  // Must follow when that unit of work is committed.
  base::awaitable<base::Result<void>> started(RequestContext context, model::Session session);
  std::string cookie(const RequestContext& context, const model::Session& session) const;

  // Moves the idle expiry, at most once a minute, and notes that the client took part. not_found: ended meanwhile.
  base::awaitable<base::Result<model::Session>> touch(RequestContext context, model::Session session,
                                                      model::ClientId client);
  // The cookie that must be set because touch() has changed the session; "" when the old one is good.
  std::string renewed_cookie(const RequestContext& context, const model::Session& before,
                             const model::Session& after) const;

 private:
  SessionKeeper& keeper_;
  store::Sessions& sessions_;
  store::Users& users_;
  const store::Artifacts& artifacts_;
  base::Random& random_;
  const base::Clock& clock_;
};

}  // namespace cardea::identity
