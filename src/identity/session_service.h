#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/async.h"
#include "base/result.h"
#include "identity/request_context.h"
#include "store/artifact.h"
#include "store/sessions.h"
#include "store/users.h"

namespace cardea::identity {

// The SSO session of a browser: a row (or its sealed copy) named by a sealed cookie (REPLICATION.md §2.11).
// Cookie names and attributes are the caller's (api/); this is their value.
class SessionService {
 public:
  // All must outlive it.
  SessionService(store::Database& database, store::Sessions& sessions, const store::Artifacts& artifacts,
                 base::Random& random, const base::Clock& clock);

  // The live session of the cookie. not_found: none, expired, revoked, of another tenant, or its user is
  // blocked/deleted.
  base::awaitable<base::Result<model::Session>> find(RequestContext context, std::string cookie);

  // A new session after an interactive login, in the caller's unit of work. When `previous` is a live session of the
  // same user it is renewed instead: it keeps its id (`sid`), gets a new auth_time. A session of another user is
  // revoked. The cookie value always changes (no session fixation).
  base::Result<model::Session> start_in(store::Transaction& transaction, const RequestContext& context,
                                        const model::User& user, std::vector<std::string> amr,
                                        const std::optional<model::SessionId>& previous);
  std::string cookie(const RequestContext& context, const model::Session& session) const;

  // Moves the idle expiry, at most once a minute, and notes that the client took part.
  base::awaitable<base::Result<model::Session>> touch(RequestContext context, model::SessionId id,
                                                      model::ClientId client);

 private:
  store::Database& database_;
  store::Sessions& sessions_;
  store::Users users_;
  const store::Artifacts& artifacts_;
  base::Random& random_;
  const base::Clock& clock_;
};

}  // namespace cardea::identity
