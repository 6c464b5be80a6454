#include "oauth/token_signature.h"

namespace cardea::oauth {

bool signed_by_tenant(const identity::TenantSnapshot& tenant, const crypto::ParsedJws& jws) {
  const auto algorithm = crypto::parse_signing_algorithm(jws.header.alg);
  const auto* key = tenant.key(jws.header.kid);
  return algorithm && key && key->algorithm == *algorithm && crypto::verify(jws, key->public_key, *algorithm);
}

bool signed_by_secret(const crypto::ParsedJws& jws, std::string_view secret) {
  const auto key = crypto::HmacKey::from_bytes(secret);
  return key && jws.header.alg == "HS256" && crypto::verify(jws, *key);
}

}  // namespace cardea::oauth
