#include "crypto/digest.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <new>
#include <stdexcept>

#include "crypto/message_digest.h"
#include "crypto/openssl_ptr.h"

namespace cardea::crypto {
namespace {

using MdCtxPtr = OpensslPtr<EVP_MD_CTX, EVP_MD_CTX_free>;
using MacCtxPtr = OpensslPtr<EVP_MAC_CTX, EVP_MAC_CTX_free>;
using KdfCtxPtr = OpensslPtr<EVP_KDF_CTX, EVP_KDF_CTX_free>;

// OpenSSL fails here only without memory or without its default provider: nothing that a caller could handle.
template <class T>
T* must(T* object) {
  if (object == nullptr) throw std::bad_alloc();
  return object;
}

void must(int ok) {
  if (ok != 1) throw std::runtime_error("a digest of OpenSSL failed");
}

EVP_MAC_CTX* new_hmac_sha256() {
  static EVP_MAC* const hmac = must(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  auto* context = must(EVP_MAC_CTX_new(hmac));
  char name[] = "SHA256";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                               OSSL_PARAM_construct_end()};
  must(EVP_MAC_CTX_set_params(context, params));
  return context;
}

OSSL_PARAM octets(const char* name, std::string_view value) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<unsigned char*>(bytes_of(value)), value.size());
}

}  // namespace

const EVP_MD* sha1_md() {
  static const EVP_MD* const md = must(EVP_MD_fetch(nullptr, "SHA1", nullptr));
  return md;
}

const EVP_MD* sha256_md() {
  static const EVP_MD* const md = must(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  return md;
}

const EVP_MD* sha384_md() {
  static const EVP_MD* const md = must(EVP_MD_fetch(nullptr, "SHA384", nullptr));
  return md;
}

const EVP_MD* sha512_md() {
  static const EVP_MD* const md = must(EVP_MD_fetch(nullptr, "SHA512", nullptr));
  return md;
}

DigestBytes digest(const EVP_MD* algorithm, std::string_view data) {
  static thread_local const MdCtxPtr context(must(EVP_MD_CTX_new()));
  DigestBytes out;
  must(EVP_DigestInit_ex2(context.get(), algorithm, nullptr));
  must(EVP_DigestUpdate(context.get(), data.data(), data.size()));
  must(EVP_DigestFinal_ex(context.get(), out.bytes.data(), &out.size));
  return out;
}

std::string sha256(std::string_view data) { return std::string(digest(sha256_md(), data).view()); }
std::string sha384(std::string_view data) { return std::string(digest(sha384_md(), data).view()); }
std::string sha512(std::string_view data) { return std::string(digest(sha512_md(), data).view()); }

std::string md5_hex(std::string_view data) {
  static const EVP_MD* const md5 = must(EVP_MD_fetch(nullptr, "MD5", nullptr));
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : std::string(digest(md5, data).view())) {
    out.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
    out.push_back(kDigits[static_cast<unsigned char>(c) & 15]);
  }
  return out;
}

std::string hmac_sha256(std::string_view key, std::string_view data) {
  static thread_local const MacCtxPtr context(new_hmac_sha256());
  std::string out(32, '\0');
  std::size_t size = 0;
  must(EVP_MAC_init(context.get(), bytes_of(key), key.size(), nullptr));
  must(EVP_MAC_update(context.get(), bytes_of(data), data.size()));
  must(EVP_MAC_final(context.get(), bytes_of(out), &size, out.size()));
  return out;
}

std::string hkdf_sha256(std::string_view secret, std::string_view salt, std::string_view info, std::size_t length) {
  if (length == 0 || length > std::size_t{255} * 32) throw std::invalid_argument("HKDF-SHA256 gives 1 to 8160 bytes");
  static EVP_KDF* const hkdf = must(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  const KdfCtxPtr context(must(EVP_KDF_CTX_new(hkdf)));
  char name[] = "SHA256";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, name, 0),
                               octets(OSSL_KDF_PARAM_KEY, secret), octets(OSSL_KDF_PARAM_SALT, salt),
                               octets(OSSL_KDF_PARAM_INFO, info), OSSL_PARAM_construct_end()};
  std::string out(length, '\0');
  must(EVP_KDF_derive(context.get(), bytes_of(out), out.size(), params));
  return out;
}

}  // namespace cardea::crypto
