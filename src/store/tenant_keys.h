#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/async.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/seal.h"
#include "model/ids.h"

namespace cardea::store {

class Database;

// The data key of each tenant: one random key, the same in all cells, wrapped by this cell's key (`seal.key`) in the
// tenant's row. Everything secret of a tenant at rest, and its sealed artifacts, derive from it by purpose.
// Safe from any thread. Unwrapped keys stay in memory, at most 100,000.
class TenantKeys {
 public:
  TenantKeys(const crypto::SealKey& cell_key, base::Random& random);
  ~TenantKeys();

  // A new data key, wrapped: goes into the tenant's row at its creation (member "wrapped_keys").
  std::string make_wrapped();
  // Reads `wrapped_keys` of the tenant's document and keeps the key. invalid: sealed under another cell key.
  base::Result<void> learn(const model::TenantId& tenant, std::string_view wrapped);
  bool knows(const model::TenantId& tenant) const;

  // Purposes in use: "claims", "secrets", "artifacts", "refresh_tokens", "cookies". not_found: learn() first.
  base::Result<crypto::SealKey> key(const model::TenantId& tenant, std::string_view purpose) const;

  // Shorthands for secrets of rows: base64 of the sealed bytes. `context` binds them to their row, e.g. "client:<id>".
  base::Result<std::string> seal_secret(const model::TenantId& tenant, std::string_view context,
                                        std::string_view secret);
  base::Result<std::string> open_secret(const model::TenantId& tenant, std::string_view context,
                                        std::string_view sealed) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cardea::store
