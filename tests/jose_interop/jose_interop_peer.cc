// Cardea's side of jose_interop.test.mjs: one JSON request per line on standard input, one JSON answer per line on
// standard output. A request that is refused gets {"error": reason}.
//
//   {"op":"generate","alg"}                          → {"private","public","pkcs8","spki","certificate","thumbprint"}
//   {"op":"export","jwk"}                            → the same for a given private key
//   {"op":"import","jwk" or "pem"}                   → {"public","spki","thumbprint"} of a public key or certificate
//   {"op":"sign","alg","jwk" or "pem","header","payload"} → {"jws"}
//   {"op":"mint","alg","jwk","kid","typ","payload"}  → {"jws"}, with JwtSigner
//   {"op":"verify","alg","jwk" or "pem","jws"}       → {"valid","payload"}
//   {"op":"verify_with_set","alg","jwks","jws"}      → {"valid"}
#include <iostream>
#include <string>

#include "crypto/certificate.h"
#include "crypto/jwk.h"
#include "crypto/jws.h"

namespace {

using namespace cardea;
using namespace cardea::crypto;
using base::json::object;
using base::json::value;

value refusal(const base::Error& error) { return object{{"error", error.reason}}; }

base::Result<SigningAlgorithm> algorithm_of(const object& request) {
  const auto algorithm = parse_signing_algorithm(base::get_string_or(request, "alg"));
  if (!algorithm) return base::fail(base::Errc::invalid, "no such algorithm");
  return *algorithm;
}

base::Result<PrivateKey> private_key_of(const object& request) {
  if (const auto* jwk = base::get_object(request, "jwk")) return parse_private_jwk(*jwk);
  return PrivateKey::from_pem(base::get_string_or(request, "pem"));
}

base::Result<PublicKey> public_key_of(const object& request) {
  if (const auto* jwk = base::get_object(request, "jwk")) return parse_jwk(*jwk);
  return PublicKey::from_pem(base::get_string_or(request, "pem"));
}

base::Result<HmacKey> secret_of(const object& request) {
  const auto* jwk = base::get_object(request, "jwk");
  return parse_oct_jwk(jwk == nullptr ? object() : *jwk);
}

object describe(const PublicKey& key) {
  return {{"public", to_jwk(key)}, {"spki", key.to_pem()}, {"thumbprint", jwk_thumbprint(key)}};
}

value describe(const PrivateKey& key) {
  const auto certificate =
      make_signing_certificate(key, "interop", base::from_seconds(0), base::from_seconds(4'000'000'000));
  if (!certificate) return refusal(certificate.error());
  auto answer = describe(key.public_key());
  answer["private"] = to_private_jwk(key);
  answer["pkcs8"] = key.to_pem();
  answer["certificate"] = *certificate;
  return answer;
}

value generate(const object& request) {
  const auto algorithm = algorithm_of(request);
  if (!algorithm) return refusal(algorithm.error());
  const auto key = PrivateKey::generate(*algorithm);
  return key ? describe(*key) : refusal(key.error());
}

value sign(const object& request) {
  const auto algorithm = algorithm_of(request);
  if (!algorithm) return refusal(algorithm.error());
  const auto* given = base::get_object(request, "header");
  const auto header = given == nullptr ? object() : *given;
  const auto payload = base::get_string_or(request, "payload");
  if (*algorithm == SigningAlgorithm::hs256) {
    const auto secret = secret_of(request);
    if (!secret) return refusal(secret.error());
    return object{{"jws", sign_compact(header, payload, *secret).value()}};
  }
  const auto key = private_key_of(request);
  if (!key) return refusal(key.error());
  const auto jws = sign_compact(header, payload, *key, *algorithm);
  return jws ? value(object{{"jws", *jws}}) : refusal(jws.error());
}

value mint(const object& request) {
  const auto algorithm = algorithm_of(request);
  if (!algorithm) return refusal(algorithm.error());
  const auto key = private_key_of(request);
  if (!key) return refusal(key.error());
  const JwtSigner signer(*key, *algorithm, base::get_string_or(request, "kid"), base::get_string_or(request, "typ"));
  const auto jws = signer.sign(base::get_string_or(request, "payload"));
  return jws ? value(object{{"jws", *jws}}) : refusal(jws.error());
}

value verify_one(const object& request) {
  const auto algorithm = algorithm_of(request);
  if (!algorithm) return refusal(algorithm.error());
  const auto text = base::get_string_or(request, "jws");
  const auto jws = parse_compact(text);
  if (!jws) return refusal(jws.error());
  if (*algorithm == SigningAlgorithm::hs256) {
    const auto secret = secret_of(request);
    if (!secret) return refusal(secret.error());
    return object{{"valid", verify(*jws, *secret)}, {"payload", jws->payload}};
  }
  const auto key = public_key_of(request);
  if (!key) return refusal(key.error());
  return object{{"valid", verify(*jws, *key, *algorithm)}, {"payload", jws->payload}};
}

value verify_with_set(const object& request) {
  const auto algorithm = algorithm_of(request);
  if (!algorithm) return refusal(algorithm.error());
  const auto text = base::get_string_or(request, "jws");
  const auto jws = parse_compact(text);
  if (!jws) return refusal(jws.error());
  const auto* given = request.if_contains("jwks");
  const auto set = parse_jwks(given == nullptr ? value() : *given);
  if (!set) return refusal(set.error());
  const auto* key = set->find(jws->header.kid, *algorithm);
  return object{{"valid", key != nullptr && verify(*jws, key->key, *algorithm)}};
}

value answer(const object& request) {
  const auto op = base::get_string_or(request, "op");
  if (op == "generate") return generate(request);
  if (op == "sign") return sign(request);
  if (op == "mint") return mint(request);
  if (op == "verify") return verify_one(request);
  if (op == "verify_with_set") return verify_with_set(request);
  if (op == "export") {
    const auto key = private_key_of(request);
    return key ? describe(*key) : refusal(key.error());
  }
  if (op == "import") {
    const auto key = public_key_of(request);
    return key ? value(describe(*key)) : refusal(key.error());
  }
  return object{{"error", "no such op"}};
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const auto request = base::parse_json(line);
    const bool usable = request && request->is_object();
    std::cout << base::json::serialize(usable ? answer(request->get_object()) : value(object{{"error", "no request"}}))
              << std::endl;
  }
}
