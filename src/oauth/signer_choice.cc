#include "oauth/signer_choice.h"

namespace cardea::oauth {
const crypto::JwtSigner* signer_of(const identity::TenantSnapshot& tenant, crypto::SigningAlgorithm algorithm) {
  const auto found = tenant.signers.find(algorithm);
  if (found == tenant.signers.end()) return nullptr;
  const auto* key = tenant.key(found->second.kid());
  return key && key->algorithm == algorithm ? &found->second : nullptr;
}

base::Result<SignerChoice> choose_signer(const identity::TenantSnapshot& tenant, std::string_view alg,
                                         std::string_view typ, std::string_view secret) {
  const auto algorithm = crypto::parse_signing_algorithm(alg);
  if (!algorithm) return base::fail(base::Errc::invalid, "unknown signing algorithm");
  SignerChoice choice;
  if (*algorithm == crypto::SigningAlgorithm::hs256) {
    auto key = crypto::HmacKey::from_bytes(secret);
    if (!key) return base::pass_on(key);
    choice.made.emplace(std::move(*key), "", typ);
    return choice;
  }
  const auto* signer = signer_of(tenant, *algorithm);
  if (!signer) return base::fail(base::Errc::invalid, "no active signing key for " + std::string(alg));
  if (typ == "JWT")
    choice.ready = signer;
  else
    choice.made.emplace(signer->with(*algorithm, typ));
  return choice;
}

}  // namespace cardea::oauth
