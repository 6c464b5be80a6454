#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "model/client.h"
#include "model/session.h"
#include "model/user.h"
#include "store/artifact.h"

namespace cardea::oauth {

// What a refresh token says about itself (REPLICATION.md §2.11): its family, the epoch of the family's home and its
// generation, and all that a cell needs which has not yet received the family's row.
struct RefreshToken {
  model::FamilyId family;
  std::uint32_t home_epoch = 1;
  model::Generation generation = 1;
  model::ClientId client;
  model::UserKey user;
  model::SessionId session;
  std::string audience;
  std::vector<std::string> scope;
  base::Time auth_time;
  model::CellNumber minted_by = 0;  // the cell that gave it out
  base::Time expires_at;            // the family's absolute end; Time{} = never
};

// Refresh tokens are sealed under the tenant's key; no text of one is ever stored.
class RefreshTokens {
 public:
  // All must outlive it.
  RefreshTokens(const store::Artifacts& artifacts, base::Random& random, const base::Clock& clock);

  // The family that a first refresh token opens, with the lifetimes of the client's policy; `home` is the cell's.
  model::RefreshFamily new_family(const model::Client& client, model::CellNumber home) const;
  std::string issue(const model::TenantId& tenant, const model::RefreshFamily& family,
                    model::Generation generation) const;
  // The family as the token describes it, for a cell that has never heard of it; `user` has been found by the token.
  model::RefreshFamily claimed_family(const RefreshToken& token, const model::Client& client,
                                      const model::User& user) const;
  // invalid: not one of this tenant. not_found: past the family's absolute end.
  base::Result<RefreshToken> open(const model::TenantId& tenant, std::string_view text) const;

 private:
  const store::Artifacts& artifacts_;
  base::Random& random_;
  const base::Clock& clock_;
};

}  // namespace cardea::oauth
