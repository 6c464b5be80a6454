#include "oauth/pkce.h"

#include <algorithm>

#include "base/base64.h"
#include "crypto/constant_time.h"
#include "crypto/digest.h"

namespace cardea::oauth {
namespace {

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

bool is_verifier(std::string_view text) {
  return text.size() >= 43 && text.size() <= 128 && std::ranges::all_of(text, is_unreserved);
}

}  // namespace

bool is_code_challenge(std::string_view challenge, bool plain) {
  if (plain) return is_verifier(challenge);
  const auto digest = base::base64url_decode(challenge);
  return digest && digest->size() == 32;
}

bool verifier_fits(std::string_view verifier, std::string_view challenge, bool plain) {
  if (!is_verifier(verifier)) return false;
  if (plain) return crypto::equal_constant_time(verifier, challenge);
  return crypto::equal_constant_time(base::base64url_encode(crypto::sha256(verifier)), challenge);
}

}  // namespace cardea::oauth
