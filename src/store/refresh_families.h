#pragma once

#include <vector>

#include "model/session.h"
#include "store/database.h"

namespace cardea::store {

// Refresh-token families with their generations (REPLICATION.md §2.11). Tokens themselves are sealed artifacts; here is
// only what has been given and consumed.
class RefreshFamilies {
 public:
  explicit RefreshFamilies(Database& database);

  // not_found also when it has expired; a revoked one is found (revoked = true).
  base::awaitable<base::Result<model::RefreshFamily>> find(model::TenantId tenant, model::FamilyId id);
  // Without revoked ones.
  base::awaitable<base::Result<std::vector<model::RefreshFamily>>> of_user(model::TenantId tenant, model::UserKey user);

  // Keeps at most 200 live families per user and client: the oldest is revoked.
  base::Result<void> create_in(Transaction& transaction, const model::TenantId& tenant,
                               const model::RefreshFamily& family);

  struct Use {
    model::Generation presented = 0;
    bool rotate = false;                    // opens the next generation
    std::chrono::seconds leeway{0};         // how long the preceding generation is accepted again
    std::chrono::seconds idle_lifetime{0};  // 0 = idle expiry does not apply
  };
  struct Used {
    model::RefreshFamily family;  // after the use
    model::Generation next = 0;   // the generation to hand out; = presented without rotation
    bool sibling = false;         // `presented` was consumed before, accepted within the leeway
  };
  // One atomic step: at most one read and one write. The caller has authenticated the token. What is presented:
  // - the newest generation: with `rotate` it is consumed and the next one opens;
  // - the one before it, less than `leeway` after it was consumed: a sibling. It gets the newest generation once more,
  //   not one of its own: both holders then have equal tokens, the first use of either retires the other's, and a
  //   retired one that comes back outside the leeway is a replay. This is what REPLICATION.md §2.11 asks of siblings,
  //   and a family has one line of generations, whichever of two answers the client kept;
  // - a higher one than known: another cell gave it out and this one lags; the family catches up and goes on from
  // there. Without rotation nothing is consumed; `idle_expires_at` and `last_used_at` are then written only when the
  // end moves by more than 1 % of the idle lifetime or 60 s, whichever is less. denied: revoked or expired. not_found:
  // unknown, or expired so long that the row is gone. conflict: a replay, i.e. an older generation; nothing is written,
  // the caller commits a revocation (revoke_in) in the same unit of work.
  base::Result<Used> use_in(Transaction& transaction, const model::TenantId& tenant, const model::FamilyId& id,
                            const Use& use);

  // C1. Never undone. Nothing happens when there is none.
  base::Result<void> revoke_in(Transaction& transaction, const model::TenantId& tenant, const model::FamilyId& id);
  base::Result<std::size_t> revoke_of_user_in(Transaction& transaction, const model::TenantId& tenant,
                                              const model::UserKey& user);
  // Those of one client only, or of one audience too when it is not empty.
  base::Result<std::size_t> revoke_grant_in(Transaction& transaction, const model::TenantId& tenant,
                                            const model::UserKey& user, const model::ClientId& client,
                                            std::string_view audience);
  base::Result<std::size_t> revoke_of_session_in(Transaction& transaction, const model::TenantId& tenant,
                                                 const model::SessionId& session);

 private:
  Database& database_;
};

}  // namespace cardea::store
