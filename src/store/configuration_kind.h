#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/random.h"
#include "base/result.h"
#include "store/kind.h"

namespace cardea::store {

// What tells the kinds of configuration objects apart. Private to store/.
struct ConfigurationKind {
  std::string_view word;                       // in contexts of sealed secrets and names of claims
  std::string_view id_member;                  // holds the public id
  std::vector<std::string_view> name_members;  // whose values together are unique; none: only the id is
  std::string_view secret_member;              // empty: no secret
};

// std::invalid_argument for a kind that is no configuration object.
const ConfigurationKind& configuration_kind(Kind kind);

std::string id_claim(const ConfigurationKind& kind);
std::string name_claim(const ConfigurationKind& kind);
// The values of name_members, separated by a space. invalid: one is missing.
base::Result<std::string> unique_name(const ConfigurationKind& kind, const base::json::object& document);

std::string new_public_id(Kind kind, base::Random& random);
// A confidential client or an HS256 API.
bool needs_secret(Kind kind, const base::json::object& document);
// 64 characters of the base64url alphabet, 384 bits.
std::string new_secret(base::Random& random);

}  // namespace cardea::store
