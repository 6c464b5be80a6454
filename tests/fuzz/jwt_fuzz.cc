// A token from anywhere: taken apart, verified against one key of each type, its claims looked at.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/base64.h"
#include "crypto/jwk.h"
#include "crypto/jws.h"
#include "crypto/jwt.h"
#include "crypto/rfc_vectors.h"

namespace {

using namespace cardea;
using namespace cardea::crypto;

void demand(bool holds) {
  if (!holds) std::abort();
}

struct Keys {
  PublicKey rsa = parse_jwk(rfc::as_object(rfc::kA2Key)).value();
  PublicKey p256 = parse_jwk(rfc::as_object(rfc::kA3Key)).value();
  PublicKey ed25519 = parse_jwk(rfc::as_object(rfc::kEd25519Key)).value();
  HmacKey secret = parse_oct_jwk(rfc::as_object(rfc::kA1Key)).value();
};

void check_what_was_taken_apart(const ParsedJws& jws, std::string_view text) {
  demand(!jws.header.alg.empty() && !jws.signature.empty());
  demand(!jws.header.all.contains("crit"));
  // Strict base64url leaves one spelling only.
  demand(std::string(jws.signing_input) + "." + base::base64url_encode(jws.signature) == text);
  demand(jws.signing_input.ends_with("." + base::base64url_encode(jws.payload)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Keys keys;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto jws = parse_compact(text);
  if (!jws) return 0;
  check_what_was_taken_apart(*jws, text);

  // At most one of them can be right, as the header names one algorithm.
  const int right = verify(*jws, keys.rsa, SigningAlgorithm::rs256) + verify(*jws, keys.rsa, SigningAlgorithm::ps256) +
                    verify(*jws, keys.p256, SigningAlgorithm::es256) +
                    verify(*jws, keys.ed25519, SigningAlgorithm::eddsa) + verify(*jws, keys.secret);
  demand(right <= 1);

  JwtExpectations expected;
  expected.issuer = "joe";
  expected.now = base::from_seconds(1'300'819'000);
  expected.typ = "JWT";
  static_cast<void>(check_claims(*jws, expected).has_value());
  expected.typ.clear();
  expected.audience = "api";
  static_cast<void>(check_claims(*jws, expected).has_value());
  return 0;
}
