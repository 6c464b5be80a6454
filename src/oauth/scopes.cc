#include "oauth/scopes.h"

#include <algorithm>

namespace cardea::oauth {
namespace {

// RFC 6749 §3.3: %x21 / %x23-5B / %x5D-7E
bool is_scope_character(char c) { return c >= 0x21 && c <= 0x7e && c != '"' && c != '\\'; }

}  // namespace

std::optional<Scopes> parse_scopes(std::string_view text) {
  if (text.size() > kMaxScopeText) return std::nullopt;
  Scopes scopes;
  while (!text.empty()) {
    const auto space = text.find(' ');
    const auto value = text.substr(0, space);
    text = space == std::string_view::npos ? std::string_view() : text.substr(space + 1);
    if (value.empty()) continue;
    if (!std::ranges::all_of(value, is_scope_character)) return std::nullopt;
    if (!has_scope(scopes, value)) scopes.emplace_back(value);
  }
  return scopes;
}

std::string join_scopes(const Scopes& scopes) {
  std::string text;
  for (const auto& scope : scopes) {
    if (!text.empty()) text += ' ';
    text += scope;
  }
  return text;
}

bool has_scope(const Scopes& scopes, std::string_view value) {
  return std::ranges::find(scopes, value) != scopes.end();
}

Scopes intersect(const Scopes& wanted, const Scopes& allowed) {
  Scopes both;
  for (const auto& scope : wanted)
    if (has_scope(allowed, scope)) both.push_back(scope);
  return both;
}

const Scopes& identity_scopes() {
  static const Scopes scopes{"openid",      "profile",    "offline_access", "name",           "given_name",
                             "family_name", "nickname",   "email",          "email_verified", "picture",
                             "created_at",  "identities", "phone",          "address"};
  return scopes;
}

bool is_identity_scope(std::string_view value) { return has_scope(identity_scopes(), value); }

}  // namespace cardea::oauth
