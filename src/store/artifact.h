#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json.h"
#include "base/random.h"
#include "base/result.h"
#include "model/ids.h"
#include "store/tenant_keys.h"

namespace cardea::store {

// Sealed, versioned artifacts that carry their content and name their home (REPLICATION.md §2.1, §2.11): authorization
// codes, login steps, refresh tokens, session cookies. Text form, URL-safe:
// base64url(version 1 byte | cell 2 bytes | AES-256-GCM under the tenant's key for `purpose`). The purpose, the
// version, the cell and the tenant are authenticated, so one kind never passes for another.
class Artifacts {
 public:
  // All must outlive it. Safe from any thread.
  Artifacts(const TenantKeys& keys, base::Random& random, const base::Clock& clock, model::CellNumber cell);

  struct Content {
    std::string id;              // `jti`: 128 random bits; what Consumptions remembers
    base::Time expires_at;       // Time{} = never
    model::CellNumber home = 0;  // the cell that minted it
    base::json::object body;
  };

  // A new artifact of this cell with a fresh id.
  std::string seal(const model::TenantId& tenant, std::string_view purpose, base::json::object body,
                   base::Time expires_at) const;
  // invalid: not ours, tampered with, of another purpose or tenant. not_found: expired.
  base::Result<Content> open(const model::TenantId& tenant, std::string_view purpose, std::string_view text) const;

 private:
  const TenantKeys& keys_;
  base::Random& random_;
  const base::Clock& clock_;
  const model::CellNumber cell_;
};

}  // namespace cardea::store
