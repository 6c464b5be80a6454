#include "crypto/key_algorithm.h"

#include <array>

namespace cardea::crypto {

std::string_view to_string(SigningAlgorithm algorithm) {
  switch (algorithm) {
    case SigningAlgorithm::rs256:
      return "RS256";
    case SigningAlgorithm::rs384:
      return "RS384";
    case SigningAlgorithm::rs512:
      return "RS512";
    case SigningAlgorithm::ps256:
      return "PS256";
    case SigningAlgorithm::es256:
      return "ES256";
    case SigningAlgorithm::es384:
      return "ES384";
    case SigningAlgorithm::eddsa:
      return "EdDSA";
    case SigningAlgorithm::hs256:
      return "HS256";
  }
  return "";
}

std::optional<SigningAlgorithm> parse_signing_algorithm(std::string_view name) {
  using enum SigningAlgorithm;
  static constexpr std::array kAll = {rs256, rs384, rs512, ps256, es256, es384, eddsa, hs256};
  for (const auto algorithm : kAll)
    if (to_string(algorithm) == name) return algorithm;
  return std::nullopt;
}

}  // namespace cardea::crypto
