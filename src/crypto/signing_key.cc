#include "crypto/signing_key.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "crypto/evp_key.h"
#include "crypto/pem_block.h"

namespace cardea::crypto {
namespace {

using X509Ptr = OpensslPtr<X509, X509_free>;
using Pkcs8Ptr = OpensslPtr<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;

std::unexpected<base::Error> refused(std::string reason) { return base::fail(base::Errc::invalid, std::move(reason)); }

PkeyPtr decode_public(const PemBlock& block) {
  const unsigned char* at = bytes_of(block.der());
  const auto size = static_cast<long>(block.der().size());
  const unsigned char* const end = at + size;
  PkeyPtr key;
  if (block.label() == "PUBLIC KEY") {
    key.reset(d2i_PUBKEY(nullptr, &at, size));
  } else if (block.label() == "RSA PUBLIC KEY") {
    key.reset(d2i_PublicKey(EVP_PKEY_RSA, nullptr, &at, size));
  } else if (block.label() == "CERTIFICATE") {
    const X509Ptr certificate(d2i_X509(nullptr, &at, size));
    if (certificate) key.reset(X509_get_pubkey(certificate.get()));
  }
  return at == end ? std::move(key) : nullptr;
}

PkeyPtr decode_private(const PemBlock& block) {
  const unsigned char* at = bytes_of(block.der());
  const auto size = static_cast<long>(block.der().size());
  const unsigned char* const end = at + size;
  PkeyPtr key;
  if (block.label() == "PRIVATE KEY") {
    const Pkcs8Ptr info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, size));
    if (info) key.reset(EVP_PKCS82PKEY(info.get()));
  } else if (block.label() == "RSA PRIVATE KEY") {
    key.reset(d2i_PrivateKey(EVP_PKEY_RSA, nullptr, &at, size));
  } else if (block.label() == "EC PRIVATE KEY") {
    key.reset(d2i_PrivateKey(EVP_PKEY_EC, nullptr, &at, size));
  }
  return at == end ? std::move(key) : nullptr;
}

PkeyPtr generate_pkey(SigningAlgorithm algorithm) {
  switch (algorithm) {
    case SigningAlgorithm::rs256:
    case SigningAlgorithm::rs384:
    case SigningAlgorithm::rs512:
    case SigningAlgorithm::ps256:
      return PkeyPtr(EVP_RSA_gen(2048));
    case SigningAlgorithm::es256:
      return PkeyPtr(EVP_EC_gen("P-256"));
    case SigningAlgorithm::es384:
      return PkeyPtr(EVP_EC_gen("P-384"));
    case SigningAlgorithm::eddsa:
      return PkeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    case SigningAlgorithm::hs256:
      return nullptr;
  }
  return nullptr;
}

}  // namespace

bool fits(KeyType type, SigningAlgorithm algorithm) {
  switch (algorithm) {
    case SigningAlgorithm::rs256:
    case SigningAlgorithm::rs384:
    case SigningAlgorithm::rs512:
    case SigningAlgorithm::ps256:
      return type == KeyType::rsa;
    case SigningAlgorithm::es256:
      return type == KeyType::p256;
    case SigningAlgorithm::es384:
      return type == KeyType::p384;
    case SigningAlgorithm::eddsa:
      return type == KeyType::ed25519;
    case SigningAlgorithm::hs256:
      return false;
  }
  return false;
}

base::Result<PublicKey> PublicKey::from_pem(std::string_view pem) {
  const ErrorScope errors;
  const auto block = PemBlock::read(pem);
  if (!block) return base::pass_on(block);
  auto key = decode_public(*block);
  if (!key) return refused("not the PEM of a public key or certificate");
  auto adopted = EvpKey::adopt_public(std::move(key));
  if (!adopted) return base::pass_on(adopted);
  return PublicKey(std::move(*adopted));
}

std::string PublicKey::to_pem() const {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PUBKEY(bio.get(), key_->get());
  return contents(bio.get());
}

KeyType PublicKey::type() const { return key_->type(); }

int PublicKey::bits() const { return key_->type() == KeyType::ed25519 ? 256 : EVP_PKEY_get_bits(key_->get()); }

bool PublicKey::verify(SigningAlgorithm algorithm, std::string_view data, std::string_view signature) const {
  return key_->verify(algorithm, data, signature);
}

bool PublicKey::operator==(const PublicKey& other) const {
  return key_ == other.key_ || EVP_PKEY_eq(key_->get(), other.key_->get()) == 1;
}

base::Result<PrivateKey> PrivateKey::generate(SigningAlgorithm algorithm) {
  const ErrorScope errors;
  if (algorithm == SigningAlgorithm::hs256) return refused("HS256 has no key pair");
  auto adopted = EvpKey::adopt_private(generate_pkey(algorithm));
  if (!adopted) return base::pass_on(adopted);
  return PrivateKey(std::move(*adopted));
}

base::Result<PrivateKey> PrivateKey::from_pem(std::string_view pkcs8) {
  const ErrorScope errors;
  const auto block = PemBlock::read(pkcs8);
  if (!block) return base::pass_on(block);
  auto key = decode_private(*block);
  if (!key) return refused("not the PEM of an unencrypted private key");
  auto adopted = EvpKey::adopt_private(std::move(key));
  if (!adopted) return base::pass_on(adopted);
  return PrivateKey(std::move(*adopted));
}

std::string PrivateKey::to_pem() const {
  const BioPtr bio(BIO_new(BIO_s_secmem()));
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key_->get(), nullptr, nullptr, 0, nullptr, nullptr);
  return contents(bio.get());
}

KeyType PrivateKey::type() const { return key_->type(); }

PublicKey PrivateKey::public_key() const { return PublicKey(key_->public_half()); }

base::Result<std::string> PrivateKey::sign(SigningAlgorithm algorithm, std::string_view data) const {
  return key_->sign(algorithm, data);
}

}  // namespace cardea::crypto
