#pragma once

#include <string_view>

namespace cardea::oauth {

// Proof Key for Code Exchange (RFC 7636).

// §4.1: 43 to 128 unreserved characters; an S256 challenge has exactly 43.
bool is_code_challenge(std::string_view challenge, bool plain);

// §4.6, in constant time. False for a verifier that is not well-formed.
bool verifier_fits(std::string_view verifier, std::string_view challenge, bool plain);

}  // namespace cardea::oauth
