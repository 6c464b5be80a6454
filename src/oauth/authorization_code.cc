#include "oauth/authorization_code.h"

namespace cardea::oauth {
namespace {

// Short names: the sealed form travels in URLs.
base::json::object to_body(const AuthorizationCode& code) {
  base::json::object body{{"c", code.client.value},        {"r", code.redirect_uri},
                          {"s", code.session.value},       {"u", code.user.value},
                          {"p", join_scopes(code.scopes)}, {"t", base::to_millis(code.auth_time)}};
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) body[name] = value;
  };
  add("h", code.code_challenge);
  add("a", code.audience);
  add("n", code.nonce);
  if (code.redirect_uri_given) body["g"] = true;
  if (code.plain_challenge) body["l"] = true;
  if (code.say_auth_time) body["m"] = true;
  return body;
}

AuthorizationCode from_body(const base::json::object& body) {
  AuthorizationCode code;
  code.client = model::ClientId{base::get_string_or(body, "c")};
  code.redirect_uri = base::get_string_or(body, "r");
  code.redirect_uri_given = base::get_bool_or(body, "g", false);
  code.code_challenge = base::get_string_or(body, "h");
  code.plain_challenge = base::get_bool_or(body, "l", false);
  code.session = model::SessionId{base::get_string_or(body, "s")};
  code.user = model::UserKey{base::get_string_or(body, "u")};
  code.audience = base::get_string_or(body, "a");
  code.scopes = parse_scopes(base::get_string_or(body, "p")).value_or(Scopes{});
  code.nonce = base::get_string_or(body, "n");
  code.auth_time = base::from_millis(base::get_int_or(body, "t", 0));
  code.say_auth_time = base::get_bool_or(body, "m", false);
  return code;
}

}  // namespace

AuthorizationCodes::AuthorizationCodes(const store::Artifacts& artifacts, const base::Clock& clock)
    : artifacts_(artifacts), clock_(clock) {}

std::string AuthorizationCodes::issue(const model::TenantId& tenant, const AuthorizationCode& code) const {
  return artifacts_.seal(tenant, kPurpose, to_body(code), clock_.now() + kLifetime);
}

base::Result<AuthorizationCodes::Opened> AuthorizationCodes::open(const model::TenantId& tenant,
                                                                  std::string_view text) const {
  auto content = artifacts_.open(tenant, kPurpose, text);
  if (!content) return base::pass_on(content);
  return Opened{std::move(content->id), from_body(content->body)};
}

}  // namespace cardea::oauth
