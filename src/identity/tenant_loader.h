#pragma once

#include "base/async.h"
#include "base/result.h"
#include "identity/tenant_snapshot.h"
#include "store/configuration.h"
#include "store/tenants.h"

namespace cardea::identity {

// Reads a tenant's whole configuration from the store. Stateless; safe from any executor.
class TenantLoader {
 public:
  // All must outlive it.
  TenantLoader(store::Database& database, store::Tenants& tenants, store::Configuration& configuration,
               store::TenantKeys& keys);

  // not_found: no such tenant. invalid: a stored key or secret does not open; the reason names it.
  base::awaitable<base::Result<TenantPtr>> load(model::TenantId id);

 private:
  base::awaitable<base::Result<void>> load_configuration(TenantSnapshot& snapshot);
  base::awaitable<base::Result<void>> load_keys(TenantSnapshot& snapshot);
  base::Result<void> add_signer(TenantSnapshot& snapshot, const TenantKey& key) const;

  store::Tenants& tenants_;
  store::Configuration& configuration_;
  store::TenantKeys& keys_;
  store::SigningKeys signing_keys_;
};

// The context that a signing key's private part is sealed with (store::TenantKeys::seal_secret).
std::string signing_key_seal_context(const model::KeyId& kid);

}  // namespace cardea::identity
