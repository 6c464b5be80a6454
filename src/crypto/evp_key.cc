#include "crypto/evp_key.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <optional>

#include "crypto/ecdsa_signature.h"
#include "crypto/message_digest.h"
#include "crypto/rsa_check.h"

namespace cardea::crypto {
namespace {

using MdCtxPtr = OpensslPtr<EVP_MD_CTX, EVP_MD_CTX_free>;

constexpr std::size_t kLargestSignature = 8192 / 8;
constexpr std::size_t kMostIdle = 16;

std::unexpected<base::Error> refused(std::string reason) { return base::fail(base::Errc::invalid, std::move(reason)); }

base::Result<KeyType> check_rsa(EVP_PKEY* key) {
  if (const auto good = check_rsa_public(key); !good) return base::pass_on(good);
  return KeyType::rsa;
}

base::Result<KeyType> check_ec(EVP_PKEY* key) {
  // Parameters written out can describe a look-alike of a named curve with a generator of the attacker's choice.
  int is_explicit = 0;
  if (EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_explicit) == 1 &&
      is_explicit != 0)
    return refused("an EC key must name its curve");
  char name[64] = "";
  std::size_t size = 0;
  if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof name, &size) != 1)
    return refused("an EC key must name its curve");
  const std::string_view group(name, size);
  if (group == "prime256v1") return KeyType::p256;
  if (group == "secp384r1") return KeyType::p384;
  return refused("an EC key is on P-256 or P-384");
}

base::Result<KeyType> check(EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
      return check_rsa(key);
    case EVP_PKEY_EC:
      return check_ec(key);
    case EVP_PKEY_ED25519:
      return KeyType::ed25519;
    default:
      return refused("a key is RSA, P-256, P-384 or Ed25519");
  }
}

PkeyPtr public_part(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0) return nullptr;
  const unsigned char* at = der;
  PkeyPtr half(d2i_PUBKEY(nullptr, &at, size));
  OPENSSL_free(der);
  return half;
}

const EVP_MD* digest_for(SigningAlgorithm algorithm) {
  switch (algorithm) {
    case SigningAlgorithm::rs256:
    case SigningAlgorithm::ps256:
    case SigningAlgorithm::es256:
    case SigningAlgorithm::hs256:
      return sha256_md();
    case SigningAlgorithm::rs384:
    case SigningAlgorithm::es384:
      return sha384_md();
    case SigningAlgorithm::rs512:
    case SigningAlgorithm::eddsa:
      return sha512_md();
  }
  return nullptr;
}

// RSA and ECDSA sign a digest that we compute ourselves: this spares a look-up of the digest by name for every
// signature.
PkeyCtxPtr new_context(EVP_PKEY* key, SigningAlgorithm algorithm, int (*init)(EVP_PKEY_CTX*)) {
  PkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  if (!context || init(context.get()) != 1) return nullptr;
  const bool rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
  const bool pss = algorithm == SigningAlgorithm::ps256;
  if (rsa && EVP_PKEY_CTX_set_rsa_padding(context.get(), pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) != 1)
    return nullptr;
  if (EVP_PKEY_CTX_set_signature_md(context.get(), digest_for(algorithm)) != 1) return nullptr;
  if (pss && (EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), sha256_md()) != 1 ||
              EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), RSA_PSS_SALTLEN_DIGEST) != 1))
    return nullptr;
  return context;
}

// Ed25519 signs the data itself, and OpenSSL 3.0 offers that through the digest interface only.
std::optional<std::string> sign_ed25519(EVP_PKEY* key, std::string_view data) {
  static thread_local const MdCtxPtr context(EVP_MD_CTX_new());
  std::string out(64, '\0');
  std::size_t size = out.size();
  const bool ok = context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
                  EVP_DigestSign(context.get(), bytes_of(out), &size, bytes_of(data), data.size()) == 1;
  // Not left behind in the thread: the context holds the key.
  EVP_MD_CTX_reset(context.get());
  if (!ok || size != out.size()) return std::nullopt;
  return out;
}

bool verify_ed25519(EVP_PKEY* key, std::string_view data, std::string_view signature) {
  static thread_local const MdCtxPtr context(EVP_MD_CTX_new());
  const bool ok =
      context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
      EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(data), data.size()) == 1;
  EVP_MD_CTX_reset(context.get());
  return ok;
}

// Bytes of r and of s; 0 for what is not ECDSA.
std::size_t coordinate_size(KeyType type) {
  switch (type) {
    case KeyType::p256:
      return 32;
    case KeyType::p384:
      return 48;
    case KeyType::rsa:
    case KeyType::ed25519:
      return 0;
  }
  return 0;
}

SigningAlgorithm any_algorithm(KeyType type) {
  switch (type) {
    case KeyType::rsa:
      return SigningAlgorithm::rs256;
    case KeyType::p256:
      return SigningAlgorithm::es256;
    case KeyType::p384:
      return SigningAlgorithm::es384;
    case KeyType::ed25519:
      return SigningAlgorithm::eddsa;
  }
  return SigningAlgorithm::eddsa;
}

}  // namespace

PkeyCtxPtr ContextPool::take(SigningAlgorithm algorithm) {
  const std::lock_guard lock(mutex_);
  for (auto& [for_algorithm, context] : idle_) {
    if (for_algorithm != algorithm) continue;
    PkeyCtxPtr taken = std::move(context);
    std::swap(idle_.back().first, for_algorithm);
    context = std::move(idle_.back().second);
    idle_.pop_back();
    return taken;
  }
  return nullptr;
}

void ContextPool::put_back(SigningAlgorithm algorithm, PkeyCtxPtr context) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kMostIdle) idle_.emplace_back(algorithm, std::move(context));
}

base::Result<std::shared_ptr<const EvpKey>> EvpKey::adopt_public(PkeyPtr key) {
  const ErrorScope errors;
  if (!key) return refused("not a public key");
  const auto type = check(key.get());
  if (!type) return base::pass_on(type);
  return std::shared_ptr<const EvpKey>(new EvpKey(std::move(key), *type));
}

base::Result<std::shared_ptr<const EvpKey>> EvpKey::adopt_private(PkeyPtr key) {
  const ErrorScope errors;
  if (!key) return refused("not a private key");
  const auto type = check(key.get());
  if (!type) return base::pass_on(type);
  if (*type == KeyType::rsa) {
    if (const auto whole = check_rsa_private(key.get()); !whole) return base::pass_on(whole);
  }
  auto half = adopt_public(public_part(key.get()));
  if (!half) return base::pass_on(half);

  std::shared_ptr<EvpKey> adopted(new EvpKey(std::move(key), *type));
  adopted->public_half_ = std::move(*half);
  static constexpr std::string_view kProbe = "does the private half belong to the public one";
  const auto algorithm = any_algorithm(*type);
  const auto signature = adopted->sign(algorithm, kProbe);
  if (!signature || !adopted->public_half_->verify(algorithm, kProbe, *signature))
    return refused("the private half does not belong to the public one");
  return std::shared_ptr<const EvpKey>(std::move(adopted));
}

base::Result<std::string> EvpKey::sign(SigningAlgorithm algorithm, std::string_view data) const {
  if (!fits(type_, algorithm)) return refused("the key does not fit " + std::string(to_string(algorithm)));
  if (type_ == KeyType::ed25519) {
    auto signature = sign_ed25519(get(), data);
    if (!signature) return base::fail(base::Errc::unavailable, "OpenSSL could not sign");
    return std::move(*signature);
  }
  auto context = signing_.take(algorithm);
  if (!context) context = new_context(get(), algorithm, EVP_PKEY_sign_init);
  const auto hash = digest(digest_for(algorithm), data);
  std::array<unsigned char, kLargestSignature> raw;
  std::size_t size = raw.size();
  if (!context || EVP_PKEY_sign(context.get(), raw.data(), &size, hash.bytes.data(), hash.size) != 1) {
    const ErrorScope errors;
    return base::fail(base::Errc::unavailable, "OpenSSL could not sign");
  }
  signing_.put_back(algorithm, std::move(context));
  const std::string_view signature(reinterpret_cast<const char*>(raw.data()), size);
  if (type_ == KeyType::rsa) return std::string(signature);
  auto jose = ecdsa_der_to_jose(signature, coordinate_size(type_));
  if (!jose) return base::fail(base::Errc::unavailable, "OpenSSL gave no ECDSA signature");
  return std::move(*jose);
}

bool EvpKey::verify(SigningAlgorithm algorithm, std::string_view data, std::string_view signature) const {
  if (!fits(type_, algorithm)) return false;
  const ErrorScope errors;
  if (type_ == KeyType::ed25519) return verify_ed25519(get(), data, signature);
  std::string der;
  if (type_ == KeyType::rsa) {
    // RFC 8017, 8.1.2 and 8.2.2: as long as the modulus. OpenSSL's PSS takes one without its leading zero bytes as
    // well.
    if (signature.size() != static_cast<std::size_t>(EVP_PKEY_get_size(get()))) return false;
  } else {
    auto converted = ecdsa_jose_to_der(signature, coordinate_size(type_));
    if (!converted) return false;
    der = std::move(*converted);
    signature = der;
  }
  auto context = verifying_.take(algorithm);
  if (!context) context = new_context(get(), algorithm, EVP_PKEY_verify_init);
  if (!context) return false;
  const auto hash = digest(digest_for(algorithm), data);
  const bool right =
      EVP_PKEY_verify(context.get(), bytes_of(signature), signature.size(), hash.bytes.data(), hash.size) == 1;
  verifying_.put_back(algorithm, std::move(context));
  return right;
}

}  // namespace cardea::crypto
