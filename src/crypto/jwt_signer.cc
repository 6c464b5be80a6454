#include "crypto/jwt_signer.h"

#include "base/base64.h"
#include "base/json.h"

namespace cardea::crypto {
namespace {

std::string encode_header(SigningAlgorithm algorithm, std::string_view kid, std::string_view typ) {
  base::json::object header{{"alg", to_string(algorithm)}};
  if (!typ.empty()) header["typ"] = typ;
  if (!kid.empty()) header["kid"] = kid;
  return base::base64url_encode(base::json::serialize(header)) + ".";
}

}  // namespace

JwtSigner::JwtSigner(PrivateKey key, SigningAlgorithm algorithm, std::string_view kid, std::string_view typ)
    : key_(std::move(key)), algorithm_(algorithm), kid_(kid), encoded_header_(encode_header(algorithm, kid, typ)) {}

JwtSigner::JwtSigner(HmacKey key, std::string_view kid, std::string_view typ)
    : key_(std::move(key)),
      algorithm_(SigningAlgorithm::hs256),
      kid_(kid),
      encoded_header_(encode_header(algorithm_, kid, typ)) {}

JwtSigner JwtSigner::with(SigningAlgorithm algorithm, std::string_view typ) const {
  if (const auto* secret = std::get_if<HmacKey>(&key_)) return JwtSigner(*secret, kid_, typ);
  return JwtSigner(std::get<PrivateKey>(key_), algorithm, kid_, typ);
}

base::Result<std::string> JwtSigner::sign(std::string_view payload_json) const {
  std::string jwt;
  jwt.reserve(encoded_header_.size() + payload_json.size() * 4 / 3 + 700);
  jwt.append(encoded_header_).append(base::base64url_encode(payload_json));
  if (const auto* secret = std::get_if<HmacKey>(&key_)) {
    const auto signature = secret->sign(jwt);
    return std::move(jwt.append(1, '.').append(base::base64url_encode(signature)));
  }
  const auto signature = std::get<PrivateKey>(key_).sign(algorithm_, jwt);
  if (!signature) return base::pass_on(signature);
  return std::move(jwt.append(1, '.').append(base::base64url_encode(*signature)));
}

}  // namespace cardea::crypto
