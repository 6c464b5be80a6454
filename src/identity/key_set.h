#pragma once

#include <string>
#include <vector>

#include "identity/tenant_snapshot.h"

namespace cardea::identity {

// The tenant's JWK Set (RFC 7517 §5; Authentication API reference §6) as text: every key with kty, use, kid, its
// public members, x5t and x5c where it has a certificate, and alg unless `without_alg` (flag remove_alg_from_jwks,
// for clients that hold a key's alg against its other algorithms). In the order given.
std::string key_set_json(const std::vector<TenantKey>& keys, bool without_alg);

}  // namespace cardea::identity
