#include "crypto/jwt.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace cardea::crypto {
namespace {

using base::Errc;

// A NumericDate (RFC 7519 §2) may have a fraction. Beyond the year 9999 nothing is meant seriously.
base::Result<std::optional<base::Time>> get_time(const base::json::object& claims, std::string_view name) {
  const auto* value = claims.if_contains(name);
  if (value == nullptr) return std::optional<base::Time>();
  if (!value->is_number()) return base::fail(Errc::invalid, std::string(name) + " is no number");
  const auto seconds = value->to_number<double>();
  if (!(seconds >= 0 && seconds < 253402300800.0)) return base::fail(Errc::invalid, std::string(name) + " is no date");
  return std::optional(base::from_millis(static_cast<std::int64_t>(std::floor(seconds * 1000))));
}

bool is_accepted(std::string_view audience, const JwtExpectations& expected) {
  return (!expected.audience.empty() && audience == expected.audience) ||
         std::find(expected.other_audiences.begin(), expected.other_audiences.end(), audience) !=
             expected.other_audiences.end();
}

base::Result<void> check_audience(const base::json::object& claims, const JwtExpectations& expected) {
  if (expected.audience.empty() && expected.other_audiences.empty()) return {};
  const auto* aud = claims.if_contains("aud");
  if (aud == nullptr) return base::fail(Errc::denied, "no aud");
  if (const auto* one = aud->if_string()) {
    if (!is_accepted(*one, expected)) return base::fail(Errc::denied, "aud is another");
    return {};
  }
  if (!aud->is_array()) return base::fail(Errc::invalid, "aud is neither a string nor an array");
  bool accepted = false;
  for (const auto& each : aud->get_array()) {
    if (!each.is_string()) return base::fail(Errc::invalid, "aud holds something other than strings");
    accepted = accepted || is_accepted(each.get_string(), expected);
  }
  if (!accepted) return base::fail(Errc::denied, "aud names others");
  return {};
}

base::Result<void> check_issuer(const base::json::object& claims, const JwtExpectations& expected) {
  if (expected.issuer.empty()) return {};
  const auto* iss = claims.if_contains("iss");
  if (iss == nullptr) return base::fail(Errc::denied, "no iss");
  if (!iss->is_string()) return base::fail(Errc::invalid, "iss is no string");
  if (std::string_view(iss->get_string()) != expected.issuer) return base::fail(Errc::denied, "iss is another");
  return {};
}

base::Result<void> check_times(const base::json::object& claims, const JwtExpectations& expected) {
  const auto exp = get_time(claims, "exp");
  if (!exp) return base::pass_on(exp);
  const auto nbf = get_time(claims, "nbf");
  if (!nbf) return base::pass_on(nbf);
  const auto iat = get_time(claims, "iat");
  if (!iat) return base::pass_on(iat);
  if (!*exp && expected.require_expiry) return base::fail(Errc::denied, "no exp");
  if (*exp && expected.now >= **exp + expected.leeway) return base::fail(Errc::denied, "expired");
  if (*nbf && **nbf > expected.now + expected.leeway) return base::fail(Errc::denied, "nbf lies ahead");
  if (*iat && **iat > expected.now + expected.leeway) return base::fail(Errc::denied, "iat lies ahead");
  const bool bounded = expected.max_lifetime.count() > 0;
  if (bounded && *exp && **exp > expected.now + expected.max_lifetime + expected.leeway)
    return base::fail(Errc::denied, "exp lies too far ahead");
  return {};
}

std::string media_type(std::string_view typ) {
  std::string lower(typ);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  static constexpr std::string_view kPrefix = "application/";
  return lower.starts_with(kPrefix) ? lower.substr(kPrefix.size()) : lower;
}

}  // namespace

base::Result<base::json::object> check_claims(base::json::object claims, const JwtExpectations& expected) {
  if (const auto issuer = check_issuer(claims, expected); !issuer) return base::pass_on(issuer);
  if (const auto audience = check_audience(claims, expected); !audience) return base::pass_on(audience);
  if (const auto times = check_times(claims, expected); !times) return base::pass_on(times);
  return claims;
}

base::Result<base::json::object> check_claims(const ParsedJws& jws, const JwtExpectations& expected) {
  if (!expected.typ.empty() && media_type(jws.header.typ) != media_type(expected.typ))
    return base::fail(Errc::denied, "typ is another");
  auto payload = base::parse_json(jws.payload);
  if (!payload) return base::pass_on(payload);
  if (!payload->is_object()) return base::fail(Errc::invalid, "a JWT whose payload is no JSON object");
  return check_claims(std::move(payload->get_object()), expected);
}

}  // namespace cardea::crypto
