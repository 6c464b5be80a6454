#include "oauth/signer_choice.h"

namespace cardea::oauth {
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
  const auto found = tenant.signers.find(*algorithm);
  if (found == tenant.signers.end()) return base::fail(base::Errc::invalid, "no active signing key for " + std::string(alg));
  if (typ == "JWT")
    choice.ready = &found->second;
  else
    choice.made.emplace(found->second.with(*algorithm, typ));
  return choice;
}

}  // namespace cardea::oauth
