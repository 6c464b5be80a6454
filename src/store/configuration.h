#pragma once

#include <string>
#include <vector>

#include "store/database.h"
#include "store/tenant_keys.h"

namespace cardea::store {

// Configuration objects of a tenant as documents: clients, connections, resource servers, client grants. Secrets in
// them (client_secret, signing_secret) are sealed here and opened here; nobody else sees the stored form.
class Configuration {
 public:
  Configuration(Database& database, TenantKeys& keys, base::Random& random);

  struct Entry {
    std::string row_id;
    base::json::object document;  // secrets opened
  };

  // Each kind's public name: client → client_id, connection → id, resource_server → id, client_grant → id; claimed.
  base::awaitable<base::Result<Entry>> find(model::TenantId tenant, Kind kind, std::string public_id);
  // Also unique: connection "name", resource_server "identifier", client_grant "client_id audience subject_type".
  base::awaitable<base::Result<Entry>> find_by_name(model::TenantId tenant, Kind kind, std::string name);
  base::awaitable<base::Result<std::vector<Entry>>> all(model::TenantId tenant, Kind kind);

  // already_exists: the public id or the name is taken.
  base::Result<Entry> create_in(Transaction& transaction, const model::TenantId& tenant, Kind kind,
                                base::json::object document);
  // Overwrites the top-level members that `changes` names; null removes.
  base::Result<Entry> update_in(Transaction& transaction, const model::TenantId& tenant, Kind kind,
                                const std::string& public_id, const base::json::object& changes);
  // Deleting a client or an API deletes its client grants too.
  base::Result<void> erase_in(Transaction& transaction, const model::TenantId& tenant, Kind kind,
                              const std::string& public_id);

 private:
  Database& database_;
  TenantKeys& keys_;
  base::Random& random_;
};

}  // namespace cardea::store
