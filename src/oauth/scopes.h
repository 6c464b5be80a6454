#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cardea::oauth {

// Scope values without repetition, in the order asked for.
using Scopes = std::vector<std::string>;

inline constexpr std::size_t kMaxScopeText = 16 * 1024;  // the Management API alone has 6 KiB of them

// RFC 6749 §3.3: scope-tokens separated by spaces. nullopt: a character that no scope may have, or longer than 16 KiB.
std::optional<Scopes> parse_scopes(std::string_view text);
std::string join_scopes(const Scopes& scopes);
bool has_scope(const Scopes& scopes, std::string_view value);
// Those of `wanted` that are in `allowed` too.
Scopes intersect(const Scopes& wanted, const Scopes& allowed);

// The scopes that ask for claims about the user or for a refresh token, which any client may ask for without an API
// (reference §6, `scopes_supported`).
const Scopes& identity_scopes();
bool is_identity_scope(std::string_view value);

}  // namespace cardea::oauth
