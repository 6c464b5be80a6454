#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cardea::base {

// RFC 4648 §5, without padding, as JOSE wants it (RFC 7515 §2).
std::string base64url_encode(std::string_view bytes);
// Strict: no padding, no white space, no stray bits at the end. nullopt otherwise.
std::optional<std::string> base64url_decode(std::string_view text);

// RFC 4648 §4, with padding.
std::string base64_encode(std::string_view bytes);
// Strict: padding required where the length asks for it.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace cardea::base
