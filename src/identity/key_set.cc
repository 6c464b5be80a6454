#include "identity/key_set.h"

#include "base/base64.h"
#include "crypto/certificate.h"
#include "crypto/jwk.h"

namespace cardea::identity {

std::string key_set_json(const std::vector<TenantKey>& keys, bool without_alg) {
  base::json::array list;
  for (const auto& key : keys) {
    auto jwk = crypto::to_jwk(key.public_key);
    jwk["use"] = "sig";
    jwk["kid"] = key.row.kid.value;
    if (!without_alg) jwk["alg"] = crypto::to_string(key.algorithm);
    const auto der = crypto::certificate_der(key.row.certificate_pem);
    const auto thumbprint = crypto::certificate_sha1_thumbprint_base64url(key.row.certificate_pem);
    if (der && thumbprint) {
      jwk["x5t"] = *thumbprint;
      jwk["x5c"] = base::json::array{base::base64_encode(*der)};
    }
    list.push_back(std::move(jwk));
  }
  return base::json::serialize(base::json::object{{"keys", std::move(list)}});
}

}  // namespace cardea::identity
