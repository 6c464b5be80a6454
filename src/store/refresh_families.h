#pragma once

#include <optional>
#include <vector>

#include "model/session.h"
#include "store/database.h"

namespace cardea::store {

class FamilyHomes;

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

  // What this cell is to the family.
  enum class Here {
    home,      // the only cell that uses its tokens
    stand_in,  // the home is silent, and nobody has decided yet whether it is lost
    adopter    // the home is lost: this cell becomes it
  };
  struct Use {
    model::Generation presented = 0;
    bool rotate = false;                    // opens the next generation
    std::chrono::seconds leeway{0};         // how long the preceding generation is accepted again
    std::chrono::seconds idle_lifetime{0};  // 0 = idle expiry does not apply
    Here here = Here::home;
    // What the token says of its family, for an adopter that has never heard of it.
    std::optional<model::RefreshFamily> claimed = {};
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
  // - the one before it, consumed by another cell, for the first time here: a sibling as well, whatever the time
  // between.
  //   That cell was silent or is lost, or was parted from this one, and its answer may never have arrived;
  // - a higher one than known: another cell gave it out and this one lags; the family catches up and goes on from
  // there. Without rotation nothing is consumed; `idle_expires_at` and `last_used_at` are then written only when the
  // end moves by more than 1 % of the idle lifetime or 60 s, whichever is less. denied: revoked or expired. not_found:
  // unknown, or expired so long that the row is gone. conflict: a replay, i.e. an older generation; nothing is written,
  // the caller commits a revocation (revoke_in) in the same unit of work.
  base::Result<Used> use_in(Transaction& transaction, const model::TenantId& tenant, const model::FamilyId& id,
                            const Use& use);

  // not_found.
  base::Result<model::RefreshFamily> find_in(Transaction& transaction, const model::TenantId& tenant,
                                             const model::FamilyId& id);

  // Before a token is given out that the home of the family has opened: notes that it was this cell, so that the same
  // token is not taken for an unanswered one here when the home falls silent. Gives the family. not_found.
  base::Result<model::RefreshFamily> give_in(Transaction& transaction, const model::TenantId& tenant,
                                             const model::FamilyId& id, model::Generation next);

  // C1. Never undone. Nothing happens when there is none.
  base::Result<void> revoke_in(Transaction& transaction, const model::TenantId& tenant, const model::FamilyId& id);
  // The same, of a family that a token describes which the caller has authenticated: of several cells, one that has not
  // got the family yet keeps the revocation, and the family is revoked when it comes.
  base::Result<void> revoke_claimed_in(Transaction& transaction, const model::TenantId& tenant,
                                       const model::RefreshFamily& claimed);
  base::Result<std::size_t> revoke_of_user_in(Transaction& transaction, const model::TenantId& tenant,
                                              const model::UserKey& user);
  // Those of one client only, or of one audience too when it is not empty.
  base::Result<std::size_t> revoke_grant_in(Transaction& transaction, const model::TenantId& tenant,
                                            const model::UserKey& user, const model::ClientId& client,
                                            std::string_view audience);
  base::Result<std::size_t> revoke_of_session_in(Transaction& transaction, const model::TenantId& tenant,
                                                 const model::SessionId& session);

  // Who decides where a token is used, when there are several cells. Before the first use; must outlive the last.
  void decide_by(FamilyHomes& homes) { homes_ = &homes; }

  struct Presented {
    model::TenantId tenant;
    model::FamilyId family;
    model::CellNumber minted_by = 0;  // the cell that gave the token out; the home, if nothing else is known
  };
  struct Decision {
    // Set: the home has done it, and what it knows of the family is here too. Otherwise it is to be done here.
    std::optional<model::Generation> next;
    Here here = Here::home;
  };
  // Where a token is to be used; first thing. denied: revoked or expired. not_found: there is no such family. conflict:
  // a replay, and the family is revoked. unavailable: the home is silent, and this cell may not act for it.
  base::awaitable<base::Result<Decision>> decide(Presented presented, Use use);

 private:
  base::Result<Record> get_or_rebuild(Transaction& transaction, const model::TenantId& tenant,
                                      const model::FamilyId& id, const Use& use);

  Database& database_;
  FamilyHomes* homes_ = nullptr;
};

// Where a refresh token is used when there are several cells (REPLICATION.md §2.11): at the home of its family, so that
// reuse is found although cells lag; elsewhere only while the home is silent or lost. Replication implements it. Safe
// from any executor.
class FamilyHomes {
 public:
  virtual ~FamilyHomes() = default;

  // As RefreshFamilies::decide().
  virtual base::awaitable<base::Result<RefreshFamilies::Decision>> decide(RefreshFamilies::Presented presented,
                                                                          RefreshFamilies::Use use) = 0;
};

}  // namespace cardea::store
