#pragma once

#include <string>
#include <vector>

#include "store/database.h"
#include "store/tenant_keys.h"

namespace cardea::store {

// Configuration objects of a tenant as documents: clients, connections, resource servers, client grants. Secrets in
// them (client_secret, signing_secret) are sealed here and opened here; nobody else sees the stored form. The tenant's
// key must be known to TenantKeys (Tenants::find sees to it). A secret that does not open is an error (invalid), never
// an empty secret. Kinds: client, connection, resource_server, client_grant; another one is a bug.
class Configuration {
 public:
  // All must outlive it.
  Configuration(Database& database, TenantKeys& keys, base::Random& random);

  struct Entry {
    std::string row_id;
    base::json::object document;  // secrets opened; `enabled_clients` of a connection as a sorted array
  };

  // Each kind's public name: client → client_id, connection → id, resource_server → id, client_grant → id; claimed.
  base::awaitable<base::Result<Entry>> find(model::TenantId tenant, Kind kind, std::string public_id);
  // Also unique: connection "name", resource_server "identifier", client_grant "client_id audience subject_type".
  base::awaitable<base::Result<Entry>> find_by_name(model::TenantId tenant, Kind kind, std::string name);
  // In the order of creation.
  base::awaitable<base::Result<std::vector<Entry>>> all(model::TenantId tenant, Kind kind);

  // Fills in what is absent: the public id (client 32 alphanumerics, "con_" and "cgr_" + 16, resource server 24 hex)
  // and the secret (client_secret unless the client is public, signing_secret for HS256; 64 characters).
  // already_exists: the public id or the name is taken. invalid: a member that makes up the name is missing.
  base::Result<Entry> create_in(Transaction& transaction, const model::TenantId& tenant, Kind kind,
                                base::json::object document);
  // Overwrites the top-level members that `changes` names; null removes. A secret that is removed and still needed is
  // generated anew. invalid: ids and names never change.
  base::Result<Entry> update_in(Transaction& transaction, const model::TenantId& tenant, Kind kind,
                                const std::string& public_id, const base::json::object& changes);
  // Deleting a client or an API deletes its client grants too; a client is also taken out of every connection.
  base::Result<void> erase_in(Transaction& transaction, const model::TenantId& tenant, Kind kind,
                              const std::string& public_id);

 private:
  base::awaitable<base::Result<Entry>> find_by_claim(model::TenantId tenant, Kind kind, std::string attribute,
                                                     std::string value);

  Database& database_;
  TenantKeys& keys_;
  base::Random& random_;
};

}  // namespace cardea::store
