#pragma once

#include <memory>
#include <string>

#include "base/async.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/key_algorithm.h"
#include "identity/tenant_directory.h"
#include "model/signing_key.h"
#include "store/tenants.h"

namespace cardea::oauth {

// Where minting gets a tenant with a key for an algorithm that nobody has asked for before.
class SigningKeySource {
 public:
  virtual ~SigningKeySource() = default;
  // A snapshot of the tenant whose signers have the algorithm.
  virtual base::awaitable<base::Result<identity::TenantPtr>> with_signer(model::TenantId tenant,
                                                                         crypto::SigningAlgorithm algorithm) = 0;
};

// A tenant's signing keys (REPLICATION.md §2.12): for each algorithm in use one active key that signs, one pending that
// is published and takes over at the next rotation, and the retiring ones, published while their tokens may live. Each
// has a certificate of its own; private parts are sealed under the tenant's data key. RS256 exists from the start,
// another algorithm from its first use. Keys are generated on a thread of their own. Safe from any executor.
class KeyRotation final : public SigningKeySource {
 public:
  // All must outlive it. Without a directory (command line) with_signer() is unavailable.
  KeyRotation(store::Database& database, store::SigningKeys& keys, store::TenantKeys& tenant_keys, base::Random& random,
              const base::Clock& clock, identity::TenantDirectory* tenants = nullptr);
  ~KeyRotation() override;

  // Makes what is missing so that `algorithm` has an active and a pending key. `tenant_name` goes into certificates.
  // TenantKeys must know the tenant (as after any read of it).
  base::awaitable<base::Result<void>> ensure(model::TenantId tenant, std::string tenant_name,
                                             crypto::SigningAlgorithm algorithm = crypto::SigningAlgorithm::rs256);
  base::awaitable<base::Result<identity::TenantPtr>> with_signer(model::TenantId tenant,
                                                                 crypto::SigningAlgorithm algorithm) override;

  // active → retiring, pending → active, a new pending key; for every algorithm that the tenant has. Gives the new
  // pending RS256 key, as POST /api/v2/keys/signing/rotate does. Call ensure() before, where there may be no keys yet.
  base::awaitable<base::Result<model::SigningKeyRow>> rotate(model::TenantId tenant, std::string tenant_name);

  // Never published again; what it signed is void. not_found: no such key. denied: it is the current or the next one:
  // rotate first. A second time is no error.
  base::awaitable<base::Result<model::SigningKeyRow>> revoke(model::TenantId tenant, model::KeyId kid);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cardea::oauth
