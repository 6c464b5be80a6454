#include "crypto/jwk.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include <array>
#include <span>

#include "base/base64.h"
#include "crypto/digest.h"
#include "crypto/evp_key.h"
#include "crypto/secret_string.h"

namespace cardea::crypto {
namespace {

using BignumPtr = OpensslPtr<BIGNUM, BN_clear_free>;
using BuilderPtr = OpensslPtr<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using ParamsPtr = OpensslPtr<OSSL_PARAM, OSSL_PARAM_free>;

constexpr std::size_t kMaxKeys = 100;
constexpr std::size_t kMaxSetText = std::size_t{256} * 1024;
constexpr std::size_t kMaxMember = std::size_t{8192} / 8 * 4 / 3 + 16;  // of an RSA modulus in base64url

std::unexpected<base::Error> refused(std::string reason) { return base::fail(base::Errc::invalid, std::move(reason)); }

base::Result<std::string> member_bytes(const base::json::object& jwk, std::string_view name) {
  const auto text = base::get_string(jwk, name);
  if (!text) return refused("a JWK without " + std::string(name));
  if (text->size() > kMaxMember) return refused("a JWK with too long a " + std::string(name));
  auto bytes = base::base64url_decode(*text);
  if (!bytes || bytes->empty()) return refused("a JWK whose " + std::string(name) + " is not base64url");
  return std::move(*bytes);
}

base::Result<BignumPtr> member_number(const base::json::object& jwk, std::string_view name) {
  auto bytes = member_bytes(jwk, name);
  if (!bytes) return base::pass_on(bytes);
  BignumPtr number(BN_secure_new());
  BN_bin2bn(bytes_of(*bytes), static_cast<int>(bytes->size()), number.get());
  wipe(*bytes);
  return number;
}

PkeyPtr build(const char* type, int selection, OSSL_PARAM_BLD* builder) {
  const ParamsPtr params(OSSL_PARAM_BLD_to_param(builder));
  const PkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1) return nullptr;
  if (EVP_PKEY_fromdata(context.get(), &key, selection, params.get()) != 1) return nullptr;
  return PkeyPtr(key);
}

struct RsaMember {
  const char* jwk;
  const char* openssl;
};

constexpr std::array<RsaMember, 8> kRsaMembers = {{{"n", OSSL_PKEY_PARAM_RSA_N},
                                                   {"e", OSSL_PKEY_PARAM_RSA_E},
                                                   {"d", OSSL_PKEY_PARAM_RSA_D},
                                                   {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
                                                   {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},
                                                   {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
                                                   {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2},
                                                   {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1}}};
constexpr std::span<const RsaMember> kRsaPublic = std::span(kRsaMembers).first(2);

base::Result<PkeyPtr> build_rsa(const base::json::object& jwk, bool with_private) {
  const BuilderPtr builder(OSSL_PARAM_BLD_new());
  std::vector<BignumPtr> numbers;  // the builder only points at them
  for (const auto& member : with_private ? std::span<const RsaMember>(kRsaMembers) : kRsaPublic) {
    auto number = member_number(jwk, member.jwk);
    if (!number) return base::pass_on(number);
    OSSL_PARAM_BLD_push_BN(builder.get(), member.openssl, number->get());
    numbers.push_back(std::move(*number));
  }
  return build("RSA", with_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, builder.get());
}

struct Curve {
  std::string_view jwk;
  const char* openssl;
  std::size_t size;
};

constexpr std::array<Curve, 2> kCurves = {{{"P-256", "prime256v1", 32}, {"P-384", "secp384r1", 48}}};

const Curve& curve_of(KeyType type) { return kCurves[type == KeyType::p384 ? 1 : 0]; }

base::Result<PkeyPtr> build_ec(const base::json::object& jwk, bool with_private) {
  const auto name = base::get_string_or(jwk, "crv");
  const Curve* curve = nullptr;
  for (const auto& known : kCurves)
    if (known.jwk == name) curve = &known;
  if (curve == nullptr) return refused("an EC JWK on a curve other than P-256 and P-384");

  const auto x = member_bytes(jwk, "x");
  if (!x) return base::pass_on(x);
  const auto y = member_bytes(jwk, "y");
  if (!y) return base::pass_on(y);
  if (x->size() != curve->size || y->size() != curve->size)
    return refused("an EC JWK with coordinates of a wrong length");
  const std::string point = "\x04" + *x + *y;
  const BuilderPtr builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve->openssl, 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  if (!with_private) return build("EC", EVP_PKEY_PUBLIC_KEY, builder.get());

  auto d = member_number(jwk, "d");
  if (!d) return base::pass_on(d);
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, d->get());
  return build("EC", EVP_PKEY_KEYPAIR, builder.get());
}

base::Result<PkeyPtr> build_okp(const base::json::object& jwk, bool with_private) {
  if (base::get_string_or(jwk, "crv") != "Ed25519") return refused("an OKP JWK on a curve other than Ed25519");
  const auto x = member_bytes(jwk, "x");
  if (!x) return base::pass_on(x);
  if (x->size() != 32) return refused("an Ed25519 JWK whose x has not 32 bytes");
  if (!with_private) return PkeyPtr(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(*x), x->size()));

  auto d = member_bytes(jwk, "d");
  if (!d) return base::pass_on(d);
  PkeyPtr key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(*d), d->size()));
  wipe(*d);
  std::array<unsigned char, 32> derived{};
  std::size_t size = derived.size();
  if (!key || EVP_PKEY_get_raw_public_key(key.get(), derived.data(), &size) != 1)
    return refused("an Ed25519 JWK with a broken d");
  if (*x != std::string_view(reinterpret_cast<const char*>(derived.data()), size))
    return refused("the private half does not belong to the public one");
  return key;
}

base::Result<PkeyPtr> build_key(const base::json::object& jwk, bool with_private) {
  const auto kty = base::get_string_or(jwk, "kty");
  if (kty == "RSA") return build_rsa(jwk, with_private);
  if (kty == "EC") return build_ec(jwk, with_private);
  if (kty == "OKP") return build_okp(jwk, with_private);
  return refused("a JWK whose kty is not RSA, EC or OKP");
}

// `size` 0: no leading zeros.
std::string number_member(EVP_PKEY* key, const char* name, std::size_t size = 0) {
  BIGNUM* found = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &found) != 1) return {};
  const BignumPtr number(found);
  std::string bytes(size != 0 ? size : static_cast<std::size_t>(BN_num_bytes(found)), '\0');
  BN_bn2binpad(found, bytes_of(bytes), static_cast<int>(bytes.size()));
  std::string text = base::base64url_encode(bytes);
  wipe(bytes);
  return text;
}

std::string raw_member(EVP_PKEY* key, int (*get)(const EVP_PKEY*, unsigned char*, std::size_t*)) {
  std::string bytes(32, '\0');
  std::size_t size = bytes.size();
  if (get(key, bytes_of(bytes), &size) != 1) return {};
  std::string text = base::base64url_encode(bytes);
  wipe(bytes);
  return text;
}

// In the order of the member names, as RFC 7638 §3.3 wants them.
base::json::object public_members(EVP_PKEY* key, KeyType type) {
  switch (type) {
    case KeyType::rsa:
      return {{"e", number_member(key, OSSL_PKEY_PARAM_RSA_E)},
              {"kty", "RSA"},
              {"n", number_member(key, OSSL_PKEY_PARAM_RSA_N)}};
    case KeyType::p256:
    case KeyType::p384: {
      const auto& curve = curve_of(type);
      return {{"crv", curve.jwk},
              {"kty", "EC"},
              {"x", number_member(key, OSSL_PKEY_PARAM_EC_PUB_X, curve.size)},
              {"y", number_member(key, OSSL_PKEY_PARAM_EC_PUB_Y, curve.size)}};
    }
    case KeyType::ed25519:
      return {{"crv", "Ed25519"}, {"kty", "OKP"}, {"x", raw_member(key, EVP_PKEY_get_raw_public_key)}};
  }
  return {};
}

bool is_for_signatures(const base::json::object& jwk) {
  const auto use = base::get_string(jwk, "use");
  if (use && *use != "sig") return false;
  const auto* operations = jwk.if_contains("key_ops");
  if (operations == nullptr) return true;
  for (const auto& operation : base::get_strings(jwk, "key_ops"))
    if (operation == "verify") return true;
  return false;
}

std::optional<Jwk> parse_member(const base::json::object& jwk) {
  if (!is_for_signatures(jwk)) return std::nullopt;
  std::optional<SigningAlgorithm> algorithm;
  if (const auto name = base::get_string(jwk, "alg")) {
    algorithm = parse_signing_algorithm(*name);
    if (!algorithm) return std::nullopt;
  }
  auto key = parse_jwk(jwk);
  if (!key || (algorithm && !fits(key->type(), *algorithm))) return std::nullopt;
  return Jwk{base::get_string_or(jwk, "kid"), algorithm, std::move(*key)};
}

}  // namespace

base::Result<PublicKey> parse_jwk(const base::json::object& jwk) {
  const ErrorScope errors;
  auto built = build_key(jwk, false);
  if (!built) return base::pass_on(built);
  auto adopted = EvpKey::adopt_public(std::move(*built));
  if (!adopted) return base::pass_on(adopted);
  return PublicKey(std::move(*adopted));
}

base::Result<PrivateKey> parse_private_jwk(const base::json::object& jwk) {
  const ErrorScope errors;
  auto built = build_key(jwk, true);
  if (!built) return base::pass_on(built);
  auto adopted = EvpKey::adopt_private(std::move(*built));
  if (!adopted) return base::pass_on(adopted);
  return PrivateKey(std::move(*adopted));
}

base::Result<HmacKey> parse_oct_jwk(const base::json::object& jwk) {
  if (base::get_string_or(jwk, "kty") != "oct") return refused("a JWK whose kty is not oct");
  auto secret = member_bytes(jwk, "k");
  if (!secret) return base::pass_on(secret);
  auto key = HmacKey::from_bytes(*secret);
  wipe(*secret);
  return key;
}

base::json::object to_jwk(const PublicKey& key) { return public_members(key.evp().get(), key.type()); }

base::json::object to_private_jwk(const PrivateKey& key) {
  auto* const evp = key.evp().get();
  auto jwk = public_members(evp, key.type());
  switch (key.type()) {
    case KeyType::rsa:
      for (const auto& member : std::span(kRsaMembers).subspan(2)) jwk[member.jwk] = number_member(evp, member.openssl);
      break;
    case KeyType::p256:
    case KeyType::p384:
      jwk["d"] = number_member(evp, OSSL_PKEY_PARAM_PRIV_KEY, curve_of(key.type()).size);
      break;
    case KeyType::ed25519:
      jwk["d"] = raw_member(evp, EVP_PKEY_get_raw_private_key);
      break;
  }
  return jwk;
}

std::string jwk_thumbprint(const PublicKey& key) {
  return base::base64url_encode(sha256(base::json::serialize(to_jwk(key))));
}

bool Jwk::allows(SigningAlgorithm algorithm) const {
  return fits(key.type(), algorithm) && (!alg || *alg == algorithm);
}

const Jwk* JwkSet::find(std::string_view kid, SigningAlgorithm algorithm) const {
  const Jwk* found = nullptr;
  for (const auto& key : keys_) {
    if (!key.allows(algorithm) || (!kid.empty() && key.kid != kid)) continue;
    if (!kid.empty()) return &key;
    if (found != nullptr) return nullptr;
    found = &key;
  }
  return found;
}

const Jwk* JwkSet::find(std::string_view kid) const {
  for (const auto& key : keys_)
    if (key.kid == kid) return &key;
  return nullptr;
}

base::Result<JwkSet> parse_jwks(const base::json::value& set) {
  const auto* object = set.if_object();
  const auto* members = object == nullptr ? nullptr : object->if_contains("keys");
  if (members == nullptr || !members->is_array()) return refused("a JWK Set is an object with an array named keys");
  if (members->get_array().size() > kMaxKeys) return refused("a JWK Set of more than 100 keys");
  std::vector<Jwk> keys;
  for (const auto& member : members->get_array()) {
    if (!member.is_object()) continue;
    if (auto key = parse_member(member.get_object())) keys.push_back(std::move(*key));
  }
  return JwkSet(std::move(keys));
}

base::Result<JwkSet> parse_jwks(std::string_view text) {
  if (text.size() > kMaxSetText) return refused("a JWK Set of more than 256 KiB");
  const auto set = base::parse_json(text);
  if (!set) return base::pass_on(set);
  return parse_jwks(*set);
}

}  // namespace cardea::crypto
