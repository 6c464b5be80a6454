#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/snapshot.h"
#include "crypto/jwt_signer.h"
#include "crypto/key_algorithm.h"
#include "crypto/signing_key.h"
#include "model/client.h"
#include "model/connection.h"
#include "model/resource_server.h"
#include "model/signing_key.h"
#include "model/tenant.h"

namespace cardea::identity {

// A published key of a tenant, ready for use.
struct TenantKey {
  model::SigningKeyRow row;
  crypto::SigningAlgorithm algorithm;
  crypto::PublicKey public_key;
};

// Finds std::string keys by views without a copy.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
template <class T>
using ByName = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

// All configuration of one tenant, immutable, so that the hot path of a token reads no database (DESIGN.md, Runtime).
// Everything that it points to lives as long as the snapshot.
struct TenantSnapshot {
  model::Tenant tenant;
  ByName<model::Client> clients;                   // by client_id
  ByName<model::Connection> connections;           // by name
  ByName<model::ResourceServer> resource_servers;  // by identifier
  std::vector<model::ClientGrant> client_grants;
  ByName<std::vector<std::size_t>> grants_of_client;  // positions in client_grants; may be empty: grant() then searches
  std::vector<TenantKey> keys;                        // pending, active, retiring: all published
  // Of active keys, typ "JWT". An active RSA key also signs with the RSA algorithms that have no key of their own.
  std::map<crypto::SigningAlgorithm, crypto::JwtSigner> signers;
  std::string jwks;  // serialized JWK Set (RFC 7517)

  // nullptr when there is none.
  const model::Client* client(std::string_view client_id) const;
  const model::Connection* connection(std::string_view name) const;
  // By name or by one of its realms.
  const model::Connection* realm(std::string_view name) const;
  const model::ResourceServer* resource_server(std::string_view identifier) const;
  const model::ClientGrant* grant(const model::ClientId& client, std::string_view audience,
                                  std::string_view subject_type) const;
  // The database connections that the client may use, in the order of their names.
  std::vector<const model::Connection*> databases_for(const model::ClientId& client) const;
  // The published key with this kid; verifies tokens of this tenant.
  const TenantKey* key(std::string_view kid) const;
};

using TenantPtr = std::shared_ptr<const TenantSnapshot>;

// Where the tenant answers: "https://host[:port]/", with the trailing slash; never depends on the cell's address.
struct TenantAddress {
  std::string issuer;
  std::string host;  // host[:port]
};

}  // namespace cardea::identity
