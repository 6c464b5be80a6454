// A key from anywhere, as JWK, JWK Set or PEM: what is taken comes out again as the same key.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "crypto/certificate.h"
#include "crypto/jwk.h"

namespace {

using namespace cardea;
using namespace cardea::crypto;

void demand(bool holds) {
  if (!holds) std::abort();
}

void check_public(const PublicKey& key) {
  demand(parse_jwk(to_jwk(key)).value() == key);
  demand(PublicKey::from_pem(key.to_pem()).value() == key);
  demand(jwk_thumbprint(key).size() == 43);
  demand(key.type() != KeyType::rsa || (key.bits() >= 2048 && key.bits() <= 8192));
  demand(!key.verify(SigningAlgorithm::hs256, "data", "signature"));
}

void check_jwk(const base::json::object& jwk) {
  if (const auto key = parse_jwk(jwk)) check_public(*key);
  if (const auto key = parse_private_jwk(jwk))
    demand(parse_private_jwk(to_private_jwk(*key)).value().public_key() == key->public_key());
  static_cast<void>(parse_oct_jwk(jwk).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.starts_with("-----BEGIN")) {
    if (const auto key = PublicKey::from_pem(text)) check_public(*key);
    if (const auto key = PrivateKey::from_pem(text)) check_public(key->public_key());
    static_cast<void>(certificate_pkcs7_pem(text).has_value());
    return 0;
  }
  if (const auto set = parse_jwks(text)) {
    for (const auto& key : set->keys()) check_public(key.key);
    static_cast<void>(set->find("1", SigningAlgorithm::es256));
  }
  if (const auto value = base::parse_json(text); value && value->is_object()) check_jwk(value->get_object());
  return 0;
}
