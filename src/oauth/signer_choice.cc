#include "oauth/signer_choice.h"

namespace cardea::oauth {
namespace {

using crypto::SigningAlgorithm;

bool is_rsa(SigningAlgorithm algorithm) {
  switch (algorithm) {
    case SigningAlgorithm::rs256:
    case SigningAlgorithm::rs384:
    case SigningAlgorithm::rs512:
    case SigningAlgorithm::ps256:
      return true;
    case SigningAlgorithm::es256:
    case SigningAlgorithm::es384:
    case SigningAlgorithm::eddsa:
    case SigningAlgorithm::hs256:
      return false;
  }
  return false;
}

const crypto::JwtSigner* signer_of(const identity::TenantSnapshot& tenant, SigningAlgorithm algorithm) {
  if (const auto found = tenant.signers.find(algorithm); found != tenant.signers.end()) return &found->second;
  if (!is_rsa(algorithm)) return nullptr;
  for (const auto& [known, signer] : tenant.signers)
    if (is_rsa(known)) return &signer;
  return nullptr;
}

}  // namespace

base::Result<SignerChoice> choose_signer(const identity::TenantSnapshot& tenant, std::string_view alg,
                                         std::string_view typ, std::string_view secret) {
  const auto algorithm = crypto::parse_signing_algorithm(alg);
  if (!algorithm) return base::fail(base::Errc::invalid, "unknown signing algorithm");
  SignerChoice choice;
  if (*algorithm == SigningAlgorithm::hs256) {
    auto key = crypto::HmacKey::from_bytes(secret);
    if (!key) return base::pass_on(key);
    choice.made.emplace(std::move(*key), "", typ);
    return choice;
  }
  const auto* signer = signer_of(tenant, *algorithm);
  if (!signer) return base::fail(base::Errc::invalid, "no active signing key for " + std::string(alg));
  if (signer->algorithm() == *algorithm && typ == "JWT")
    choice.ready = signer;
  else
    choice.made.emplace(signer->with(*algorithm, typ));
  return choice;
}

}  // namespace cardea::oauth
