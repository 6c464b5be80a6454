#include "crypto/certificate.h"

#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

#include "base/base64.h"
#include "base/random.h"
#include "crypto/evp_key.h"
#include "crypto/message_digest.h"
#include "crypto/pem_block.h"
#include "crypto/system_random.h"

namespace cardea::crypto {
namespace {

using X509Ptr = OpensslPtr<X509, X509_free>;
using ExtensionPtr = OpensslPtr<X509_EXTENSION, X509_EXTENSION_free>;
using NamesPtr = OpensslPtr<GENERAL_NAMES, GENERAL_NAMES_free>;
using NamePtr = OpensslPtr<GENERAL_NAME, GENERAL_NAME_free>;
using AddressPtr = OpensslPtr<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free>;
using BignumPtr = OpensslPtr<BIGNUM, BN_free>;
using Pkcs7Ptr = OpensslPtr<PKCS7, PKCS7_free>;

constexpr std::size_t kLongestCommonName = 64;  // RFC 5280, ub-common-name

std::unexpected<base::Error> refused(std::string reason) { return base::fail(base::Errc::invalid, std::move(reason)); }

bool is_host_name(std::string_view name) {
  static constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._*";
  return !name.empty() && name.size() <= 253 && name.find_first_not_of(kAllowed) == std::string_view::npos;
}

NamePtr general_name(const std::string& name) {
  NamePtr out(GENERAL_NAME_new());
  if (AddressPtr address(a2i_IPADDRESS(name.c_str())); address) {
    GENERAL_NAME_set0_value(out.get(), GEN_IPADD, address.release());
    return out;
  }
  const bool is_urn = name.starts_with("urn:");
  if (!is_host_name(is_urn ? name.substr(name.rfind(':') + 1) : name)) return nullptr;
  auto* text = ASN1_IA5STRING_new();
  ASN1_STRING_set(text, name.data(), static_cast<int>(name.size()));
  GENERAL_NAME_set0_value(out.get(), is_urn ? GEN_URI : GEN_DNS, text);
  return out;
}

bool add_alternative_names(X509* certificate, const std::vector<std::string>& sans) {
  const NamesPtr names(GENERAL_NAMES_new());
  for (const auto& san : sans) {
    auto name = general_name(san);
    if (!name) return false;
    sk_GENERAL_NAME_push(names.get(), name.release());
  }
  return X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, 0) == 1;
}

bool add_extension(X509* certificate, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

// 127 random bits: positive, and unique without a register (RFC 5280 §4.1.2.2).
bool set_serial(X509* certificate) {
  SystemRandom random;
  std::array<std::uint8_t, 16> bytes;
  random.fill(bytes);
  bytes[0] = static_cast<std::uint8_t>((bytes[0] & 0x7F) | 0x40);
  const BignumPtr number(BN_bin2bn(bytes.data(), bytes.size(), nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_name(X509* certificate, std::string_view common_name) {
  const auto text = common_name.substr(0, kLongestCommonName);
  auto* name = X509_get_subject_name(certificate);
  return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, bytes_of(text), static_cast<int>(text.size()),
                                    -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1;
}

// Everything but the extensions and the signature.
X509Ptr new_certificate(const EvpKey& key, std::string_view common_name, base::Time from, base::Time to) {
  X509Ptr certificate(X509_new());
  const bool ok = certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
                  set_serial(certificate.get()) &&
                  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), base::to_seconds(from)) != nullptr &&
                  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), base::to_seconds(to)) != nullptr &&
                  set_name(certificate.get(), common_name) && X509_set_pubkey(certificate.get(), key.get()) == 1;
  return ok ? std::move(certificate) : nullptr;
}

base::Result<std::string> sign_and_encode(X509* certificate, const EvpKey& key) {
  const EVP_MD* md = key.type() == KeyType::ed25519 ? nullptr : EVP_sha256();
  if (X509_sign(certificate, key.get(), md) == 0)
    return base::fail(base::Errc::unavailable, "the certificate was not signed");
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  return contents(bio.get());
}

base::Result<X509Ptr> read_certificate(std::string_view pem) {
  const auto block = PemBlock::read(pem);
  if (!block) return base::pass_on(block);
  if (block->label() != "CERTIFICATE") return refused("not the PEM of a certificate");
  const unsigned char* at = bytes_of(block->der());
  const auto size = static_cast<long>(block->der().size());
  X509Ptr certificate(d2i_X509(nullptr, &at, size));
  if (!certificate || at != bytes_of(block->der()) + size) return refused("not a certificate");
  return certificate;
}

std::string colon_hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : bytes) {
    if (!out.empty()) out.push_back(':');
    out.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
    out.push_back(kDigits[static_cast<unsigned char>(c) & 15]);
  }
  return out;
}

base::Result<std::string> digest_of(std::string_view pem, const EVP_MD* md, std::string (*encode)(std::string_view)) {
  const auto der = certificate_der(pem);
  if (!der) return base::pass_on(der);
  return encode(digest(md, *der).view());
}

}  // namespace

base::Result<SelfSigned> make_self_signed(std::string_view common_name, const std::vector<std::string>& sans, int days,
                                          const base::Clock& clock) {
  const ErrorScope errors;
  if (sans.empty() || days < 1) return refused("a TLS certificate needs a name and a day of life");
  const auto key = PrivateKey::generate(SigningAlgorithm::es256);
  if (!key) return base::pass_on(key);
  const auto now = clock.now();
  const auto from = now - std::chrono::hours(1);  // clocks of clients differ
  const auto certificate = new_certificate(key->evp(), common_name, from, now + std::chrono::days(days));
  if (!certificate) return refused("not a common name");
  if (!add_alternative_names(certificate.get(), sans)) return refused("neither a host name nor an address");
  if (!add_extension(certificate.get(), NID_basic_constraints, "critical,CA:FALSE") ||
      !add_extension(certificate.get(), NID_key_usage, "critical,digitalSignature") ||
      !add_extension(certificate.get(), NID_ext_key_usage, "serverAuth"))
    return base::fail(base::Errc::unavailable, "the certificate got no extensions");
  auto pem = sign_and_encode(certificate.get(), key->evp());
  if (!pem) return base::pass_on(pem);
  return SelfSigned{std::move(*pem), key->to_pem()};
}

base::Result<SelfSigned> make_authority(std::string_view common_name, int days, const base::Clock& clock) {
  const ErrorScope errors;
  if (days < 1) return refused("a certificate needs a day of life");
  const auto key = PrivateKey::generate(SigningAlgorithm::es256);
  if (!key) return base::pass_on(key);
  const auto now = clock.now();
  const auto certificate =
      new_certificate(key->evp(), common_name, now - std::chrono::hours(1), now + std::chrono::days(days));
  if (!certificate) return refused("not a common name");
  if (!add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
      !add_extension(certificate.get(), NID_key_usage, "critical,keyCertSign"))
    return base::fail(base::Errc::unavailable, "the certificate got no extensions");
  auto pem = sign_and_encode(certificate.get(), key->evp());
  if (!pem) return base::pass_on(pem);
  return SelfSigned{std::move(*pem), key->to_pem()};
}

base::Result<SelfSigned> issue_certificate(const SelfSigned& authority, std::string_view common_name,
                                           const std::vector<std::string>& sans, int days, const base::Clock& clock) {
  const ErrorScope errors;
  if (sans.empty() || days < 1) return refused("a TLS certificate needs a name and a day of life");
  const auto issuer = read_certificate(authority.certificate_pem);
  if (!issuer) return base::pass_on(issuer);
  const auto issuer_key = PrivateKey::from_pem(authority.private_key_pem);
  if (!issuer_key) return base::pass_on(issuer_key);
  if (X509_check_ca(issuer->get()) != 1 || X509_check_private_key(issuer->get(), issuer_key->evp().get()) != 1)
    return refused("not an authority with its key");
  const auto key = PrivateKey::generate(SigningAlgorithm::es256);
  if (!key) return base::pass_on(key);
  const auto now = clock.now();
  const auto certificate =
      new_certificate(key->evp(), common_name, now - std::chrono::hours(1), now + std::chrono::days(days));
  if (!certificate) return refused("not a common name");
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer->get()));
  if (!add_alternative_names(certificate.get(), sans)) return refused("neither a host name, nor an address, nor a URN");
  if (!add_extension(certificate.get(), NID_basic_constraints, "critical,CA:FALSE") ||
      !add_extension(certificate.get(), NID_key_usage, "critical,digitalSignature") ||
      !add_extension(certificate.get(), NID_ext_key_usage, "serverAuth,clientAuth"))
    return base::fail(base::Errc::unavailable, "the certificate got no extensions");
  auto pem = sign_and_encode(certificate.get(), issuer_key->evp());
  if (!pem) return base::pass_on(pem);
  return SelfSigned{std::move(*pem), key->to_pem()};
}

base::Result<std::string> make_signing_certificate(const PrivateKey& key, std::string_view common_name, base::Time from,
                                                   base::Time to) {
  const ErrorScope errors;
  if (to <= from) return refused("a certificate ends after it begins");
  const auto certificate = new_certificate(key.evp(), common_name, from, to);
  if (!certificate) return refused("not a common name");
  if (!add_extension(certificate.get(), NID_basic_constraints, "critical,CA:FALSE") ||
      !add_extension(certificate.get(), NID_key_usage, "critical,digitalSignature"))
    return base::fail(base::Errc::unavailable, "the certificate got no extensions");
  return sign_and_encode(certificate.get(), key.evp());
}

base::Result<std::string> certificate_der(std::string_view pem) {
  const ErrorScope errors;
  const auto certificate = read_certificate(pem);
  if (!certificate) return base::pass_on(certificate);
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate->get(), &der);
  if (size <= 0) return refused("not a certificate");
  std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

base::Result<std::string> certificate_sha1_thumbprint_base64url(std::string_view pem) {
  return digest_of(pem, sha1_md(), base::base64url_encode);
}

base::Result<std::string> certificate_sha256_thumbprint_base64url(std::string_view pem) {
  return digest_of(pem, sha256_md(), base::base64url_encode);
}

base::Result<std::string> certificate_sha1_fingerprint(std::string_view pem) {
  return digest_of(pem, sha1_md(), colon_hex);
}

base::Result<std::string> certificate_sha256_fingerprint(std::string_view pem) {
  return digest_of(pem, sha256_md(), colon_hex);
}

base::Result<std::string> certificate_pkcs7_pem(std::string_view pem) {
  const ErrorScope errors;
  const auto certificate = read_certificate(pem);
  if (!certificate) return base::pass_on(certificate);
  const Pkcs7Ptr bundle(PKCS7_new());
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (PKCS7_set_type(bundle.get(), NID_pkcs7_signed) != 1 || PKCS7_content_new(bundle.get(), NID_pkcs7_data) != 1 ||
      PKCS7_set_detached(bundle.get(), 1) != 1 || PKCS7_add_certificate(bundle.get(), certificate->get()) != 1 ||
      PEM_write_bio_PKCS7(bio.get(), bundle.get()) != 1)
    return base::fail(base::Errc::unavailable, "the bundle was not made");
  return contents(bio.get());
}

base::Result<std::string> certificate_subject(std::string_view pem) {
  const ErrorScope errors;
  const auto certificate = read_certificate(pem);
  if (!certificate) return base::pass_on(certificate);
  char* line = X509_NAME_oneline(X509_get_subject_name(certificate->get()), nullptr, 0);
  std::string out = line == nullptr ? "" : line;
  OPENSSL_free(line);
  return out;
}

}  // namespace cardea::crypto
