#pragma once

#include <string_view>

#include "crypto/jws.h"
#include "identity/tenant_snapshot.h"

namespace cardea::oauth {

// Whether one of the tenant's published keys signed it: found by `kid`, and used with the algorithm that the key was
// made for. The header chooses among our keys only; HS256 is never verified with a public key.
bool signed_by_tenant(const identity::TenantSnapshot& tenant, const crypto::ParsedJws& jws);

// HS256 with a secret of at least 32 bytes.
bool signed_by_secret(const crypto::ParsedJws& jws, std::string_view secret);

}  // namespace cardea::oauth
