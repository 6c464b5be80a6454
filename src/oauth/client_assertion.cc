#include "oauth/client_assertion.h"

#include <algorithm>
#include <array>

#include "crypto/jwk.h"
#include "crypto/jwt.h"

namespace cardea::oauth {
namespace {

using base::Errc;
using crypto::SigningAlgorithm;

constexpr std::size_t kMaxAssertion = 8 * 1024;
constexpr base::Duration kSkew = std::chrono::seconds(10);
constexpr base::Duration kMaxLifetime = std::chrono::hours(1);
constexpr std::array kAlgorithms{SigningAlgorithm::rs256, SigningAlgorithm::rs384, SigningAlgorithm::ps256};

base::Result<crypto::PublicKey> key_of(const base::json::object& credential) {
  if (const auto pem = base::get_string(credential, "pem")) return crypto::PublicKey::from_pem(*pem);
  return crypto::parse_jwk(credential);
}

bool usable(const base::json::object& credential, const crypto::JwsHeader& header, base::Time now) {
  const auto kid = base::get_string_or(credential, "kid");
  if (!header.kid.empty() && !kid.empty() && kid != header.kid) return false;
  const auto alg = base::get_string_or(credential, "alg");
  if (!alg.empty() && alg != header.alg) return false;
  const auto expires = base::get_string(credential, "expires_at");
  if (!expires) return true;
  const auto end = base::from_iso8601(*expires);
  return end && now < *end;
}

bool signed_by_key(const model::Client& client, const crypto::ParsedJws& jws, base::Time now) {
  const auto algorithm = crypto::parse_signing_algorithm(jws.header.alg);
  if (!algorithm || std::ranges::find(kAlgorithms, *algorithm) == kAlgorithms.end()) return false;
  for (const auto& credential : client.public_jwks) {
    if (!usable(credential, jws.header, now)) continue;
    const auto key = key_of(credential);
    if (key && crypto::verify(jws, *key, *algorithm)) return true;
  }
  return false;
}

bool signed_by_secret(const model::Client& client, const crypto::ParsedJws& jws) {
  const auto key = crypto::HmacKey::from_bytes(client.client_secret);
  return key && crypto::verify(jws, *key);
}

bool signed_by(const model::Client& client, const crypto::ParsedJws& jws, base::Time now) {
  switch (client.authentication) {
    case model::ClientAuthentication::none:
      return false;
    case model::ClientAuthentication::secret:
      return signed_by_secret(client, jws);
    case model::ClientAuthentication::private_key_jwt:
      return signed_by_key(client, jws, now);
  }
  return false;
}

}  // namespace

base::Result<ClientAssertion> verify_client_assertion(const model::Client& client, std::string_view assertion,
                                                      std::string_view issuer, base::Time now) {
  const auto jws = crypto::parse_compact(assertion, kMaxAssertion);
  if (!jws) return base::pass_on(jws);
  if (!signed_by(client, *jws, now)) return base::fail(Errc::denied, "client assertion: signature");

  crypto::JwtExpectations expected;
  expected.issuer = client.client_id.value;
  expected.audience = issuer;
  expected.other_audiences = {std::string(issuer) + "oauth/token"};
  expected.now = now;
  expected.leeway = kSkew;
  expected.max_lifetime = kMaxLifetime + kSkew;
  const auto claims = crypto::check_claims(*jws, expected);
  if (!claims) return base::pass_on(claims);
  if (base::get_string_or(*claims, "sub") != client.client_id.value)
    return base::fail(Errc::denied, "client assertion: sub");
  auto jti = base::get_string_or(*claims, "jti");
  if (jti.empty() || jti.size() > 256) return base::fail(Errc::denied, "client assertion: jti");
  return ClientAssertion{std::move(jti), now + kMaxLifetime + 2 * kSkew};
}

std::string client_of_assertion(std::string_view assertion) {
  const auto jws = crypto::parse_compact(assertion, kMaxAssertion);
  if (!jws) return {};
  const auto claims = base::parse_json(jws->payload);
  if (!claims || !claims->is_object()) return {};
  auto subject = base::get_string_or(claims->get_object(), "sub");
  return subject.size() <= 256 ? subject : std::string();
}

}  // namespace cardea::oauth
