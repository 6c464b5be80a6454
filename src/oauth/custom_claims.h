#pragma once

#include <string_view>

#include "base/json.h"
#include "oauth/scopes.h"

namespace cardea::oauth {

inline constexpr std::size_t kMaxCustomClaims = 100 * 1024;  // bytes of JSON in all

// Whether a tenant's code may set a claim of this name (reference §8.3): never a reserved one nor one under a namespace
// of the platform; a profile claim only when its scope was granted.
bool may_set_claim(std::string_view name, const Scopes& granted);
// "https://example.com/roles": the only form that tokens for the tenant's own APIs accept.
bool is_namespaced(std::string_view name);

// Those that may be set; the others are dropped silently, and all of them when they are too large.
base::json::object permitted_claims(const base::json::object& claims, const Scopes& granted, bool namespaced_only);

}  // namespace cardea::oauth
