#include "identity/tenant_snapshot.h"

#include <algorithm>

namespace cardea::identity {
namespace {

template <class T>
const T* find_in(const ByName<T>& map, std::string_view name) {
  const auto it = map.find(name);
  return it == map.end() ? nullptr : &it->second;
}

bool is_for(const model::ClientGrant& grant, const model::ClientId& client, std::string_view audience,
            std::string_view subject_type) {
  return grant.client_id == client && grant.audience == audience && grant.subject_type == subject_type;
}

}  // namespace

const model::Client* TenantSnapshot::client(std::string_view client_id) const { return find_in(clients, client_id); }

const model::Connection* TenantSnapshot::connection(std::string_view name) const { return find_in(connections, name); }

const model::Connection* TenantSnapshot::realm(std::string_view name) const {
  if (const auto* exact = connection(name)) return exact;
  // Two connections may share a realm; the first by name answers on every node.
  const model::Connection* found = nullptr;
  for (const auto& [key, candidate] : connections) {
    if (std::ranges::find(candidate.realms, name) == candidate.realms.end()) continue;
    if (!found || candidate.name < found->name) found = &candidate;
  }
  return found;
}

const model::ResourceServer* TenantSnapshot::resource_server(std::string_view identifier) const {
  return find_in(resource_servers, identifier);
}

const model::ClientGrant* TenantSnapshot::grant(const model::ClientId& client, std::string_view audience,
                                                std::string_view subject_type) const {
  if (!grants_of_client.empty()) {
    const auto* positions = find_in(grants_of_client, client.view());
    if (!positions) return nullptr;
    for (const auto position : *positions)
      if (is_for(client_grants[position], client, audience, subject_type)) return &client_grants[position];
    return nullptr;
  }
  for (const auto& grant : client_grants)
    if (is_for(grant, client, audience, subject_type)) return &grant;
  return nullptr;
}

std::vector<const model::Connection*> TenantSnapshot::databases_for(const model::ClientId& client) const {
  std::vector<const model::Connection*> found;
  for (const auto& [name, connection] : connections)
    if (connection.strategy == "auth0" && connection.enabled_for(client)) found.push_back(&connection);
  std::ranges::sort(found, {}, [](const auto* connection) -> const std::string& { return connection->name; });
  return found;
}

const TenantKey* TenantSnapshot::key(std::string_view kid) const {
  const auto it = std::ranges::find(keys, kid, [](const TenantKey& key) { return key.row.kid.view(); });
  return it == keys.end() ? nullptr : &*it;
}

}  // namespace cardea::identity
