#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/signing_key.h"
#include "model/tenant.h"
#include "store/database.h"
#include "store/tenant_keys.h"

namespace cardea::store {

// The tenants, kept in the system tenant's partition.
class Tenants {
 public:
  // All must outlive it.
  Tenants(Database& database, TenantKeys& keys, base::Random& random);

  // Makes sure that the system tenant exists and that its key is known. First thing after opening a database.
  base::awaitable<base::Result<void>> prepare();

  // Not the system tenant, except by its id or by the name "system". Each of them also makes the tenant's data key
  // known to TenantKeys.
  base::awaitable<base::Result<model::Tenant>> find(model::TenantId id);
  base::awaitable<base::Result<model::Tenant>> find_by_name(std::string name);
  base::awaitable<base::Result<model::Tenant>> find_by_domain(std::string host);
  base::awaitable<base::Result<std::vector<model::Tenant>>> all(std::size_t limit);

  // already_exists: the name is taken ("system" always is). invalid: not [a-z0-9-]{1,63}.
  base::awaitable<base::Result<model::Tenant>> create(std::string name, base::json::object settings);
  // Replaces the members of `settings` that `changes` names; null removes.
  base::Result<model::Tenant> update_settings_in(Transaction& transaction, const model::TenantId& id,
                                                 const base::json::object& changes);
  // Replaces the custom domains, host[:port] in lower case. already_exists: another tenant has one of them.
  base::Result<model::Tenant> set_domains_in(Transaction& transaction, const model::TenantId& id,
                                             const std::vector<std::string>& domains);

 private:
  base::awaitable<base::Result<void>> learn_system_key();
  base::awaitable<base::Result<model::Tenant>> find_by_claim(std::string_view attribute, std::string value);

  Database& database_;
  TenantKeys& keys_;
  base::Random& random_;
};

// Token signing keys of a tenant; a few rows each.
class SigningKeys {
 public:
  explicit SigningKeys(Database& database);

  base::awaitable<base::Result<std::vector<model::SigningKeyRow>>> all(model::TenantId tenant);
  // Inserts or overwrites. conflict: the stored one is revoked, which is never undone.
  base::Result<void> put_in(Transaction& transaction, const model::TenantId& tenant, const model::SigningKeyRow& key);
  // To decide on changes: who asks second waits until the first has committed.
  base::Result<std::vector<model::SigningKeyRow>> all_in(Transaction& transaction, const model::TenantId& tenant);

 private:
  Database& database_;
};

}  // namespace cardea::store
