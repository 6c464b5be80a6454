#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "identity/tenant_snapshot.h"

namespace cardea::oauth {

// Who signs a token: `ready` when the tenant's snapshot holds such a signer, else `made` for this once.
struct SignerChoice {
  const crypto::JwtSigner* ready = nullptr;
  std::optional<crypto::JwtSigner> made;

  const crypto::JwtSigner& signer() const { return ready ? *ready : *made; }
};

// The signer of a key that was made for just this algorithm; nullptr: there is none. A key serves one algorithm only,
// as verifiers hold its published `alg` against all others (RFC 7517 §4.4).
const crypto::JwtSigner* signer_of(const identity::TenantSnapshot& tenant, crypto::SigningAlgorithm algorithm);

// For `alg` ("RS256" …) and header `typ`: the tenant's active key of that algorithm; for HS256 the secret, which is the
// client's or the API's. invalid: there is no such key, or the secret is shorter than 32 bytes.
base::Result<SignerChoice> choose_signer(const identity::TenantSnapshot& tenant, std::string_view alg,
                                         std::string_view typ, std::string_view secret);

}  // namespace cardea::oauth
