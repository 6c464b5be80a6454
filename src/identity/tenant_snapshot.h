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

// All configuration of one tenant, immutable, so that the hot path of a token reads no database (DESIGN.md, Runtime).
// Everything that it points to lives as long as the snapshot.
struct TenantSnapshot {
  model::Tenant tenant;
  std::unordered_map<std::string, model::Client> clients;                  // by client_id
  std::unordered_map<std::string, model::Connection> connections;          // by name
  std::unordered_map<std::string, model::ResourceServer> resource_servers; // by identifier
  std::vector<model::ClientGrant> client_grants;
  std::vector<TenantKey> keys;                                             // pending, active, retiring: all published
  std::map<crypto::SigningAlgorithm, crypto::JwtSigner> signers;           // of active keys, typ "JWT"
  std::string jwks;                                                        // serialized JWK Set (RFC 7517)

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
