#pragma once

#include <optional>
#include <string_view>

namespace cardea::crypto {

// The JWS algorithms we speak (RFC 7518 §3.1, RFC 8037 §3.1). There is no "none", so no code can ask for it.
enum class SigningAlgorithm {
  rs256,  // RSASSA-PKCS1-v1_5 with SHA-256
  rs384,
  rs512,
  ps256,  // RSASSA-PSS with SHA-256, MGF1 with SHA-256, salt of 32 bytes
  es256,  // ECDSA on P-256 with SHA-256
  es384,  // ECDSA on P-384 with SHA-384
  eddsa,  // Ed25519
  hs256   // HMAC with SHA-256: only with an HmacKey, never with a PublicKey
};

// "RS256" … "EdDSA", as in the `alg` member.
std::string_view to_string(SigningAlgorithm algorithm);

// Exact and case-sensitive; nullopt for everything else, "none" above all.
std::optional<SigningAlgorithm> parse_signing_algorithm(std::string_view name);

}  // namespace cardea::crypto
