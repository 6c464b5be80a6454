#include "crypto/seal.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <stdexcept>

#include "base/base64.h"
#include "crypto/digest.h"
#include "crypto/openssl_ptr.h"
#include "crypto/secret_string.h"

namespace cardea::crypto {
namespace {

using CipherCtxPtr = OpensslPtr<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

constexpr char kVersion = 1;
constexpr std::size_t kNonce = 12;
constexpr std::size_t kTag = 16;
constexpr std::size_t kLargest = 1U << 30;  // OpenSSL counts in int

EVP_CIPHER_CTX* new_aes_256_gcm() {
  static EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  auto* context = EVP_CIPHER_CTX_new();
  if (cipher == nullptr || context == nullptr) throw std::bad_alloc();
  if (EVP_CipherInit_ex2(context, cipher, nullptr, nullptr, 1, nullptr) != 1) throw std::bad_alloc();
  return context;
}

// One context per thread and direction. Keys are set anew for each call; wiped with the next, or with the thread.
template <bool Encrypt>
bool crypt(const SealKey& key, const unsigned char* nonce, std::string_view associated, const unsigned char* in,
           std::size_t size, unsigned char* out, unsigned char* tag) {
  static thread_local const CipherCtxPtr holder(new_aes_256_gcm());
  auto* context = holder.get();
  const auto* secret = bytes_of(key.bytes());
  int written = 0;
  if (EVP_CipherInit_ex2(context, nullptr, secret, nonce, Encrypt ? 1 : 0, nullptr) != 1) return false;
  const auto version = static_cast<unsigned char>(kVersion);
  if (EVP_CipherUpdate(context, nullptr, &written, &version, 1) != 1) return false;
  if (!associated.empty() &&
      EVP_CipherUpdate(context, nullptr, &written, bytes_of(associated), static_cast<int>(associated.size())) != 1)
    return false;
  if (size > 0 && EVP_CipherUpdate(context, out, &written, in, static_cast<int>(size)) != 1) return false;
  unsigned char nothing[16];
  if (!Encrypt && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTag, tag) != 1) return false;
  if (EVP_CipherFinal_ex(context, nothing, &written) != 1) return false;
  return !Encrypt || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTag, tag) == 1;
}

}  // namespace

SealKey::~SealKey() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

base::Result<SealKey> SealKey::from_base64(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  std::string url(text);
  std::replace(url.begin(), url.end(), '+', '-');
  std::replace(url.begin(), url.end(), '/', '_');
  auto bytes = base::base64url_decode(url);
  wipe(url);
  if (!bytes || bytes->size() != kSize) {
    if (bytes) wipe(*bytes);
    return base::fail(base::Errc::invalid, "a seal key is 32 bytes in base64");
  }
  SealKey key = from_bytes(*bytes);
  wipe(*bytes);
  return key;
}

SealKey SealKey::from_bytes(std::string_view bytes) {
  if (bytes.size() != kSize) throw std::invalid_argument("a seal key is 32 bytes");
  SealKey key;
  std::memcpy(key.bytes_.data(), bytes.data(), kSize);
  return key;
}

SealKey SealKey::generate(base::Random& random) {
  SealKey key;
  random.fill(key.bytes_);
  return key;
}

SealKey SealKey::derive(std::string_view purpose) const {
  std::string derived = hkdf_sha256(bytes(), {}, purpose, kSize);
  SealKey key = from_bytes(derived);
  wipe(derived);
  return key;
}

std::string seal(const SealKey& key, std::string_view plaintext, std::string_view associated_data,
                 base::Random& random) {
  if (plaintext.size() > kLargest || associated_data.size() > kLargest) throw std::length_error("too long to seal");
  std::string out(kSealOverhead + plaintext.size(), '\0');
  out[0] = kVersion;
  unsigned char* const nonce = bytes_of(out) + 1;
  unsigned char* const text = nonce + kNonce;
  random.fill({nonce, kNonce});
  if (!crypt<true>(key, nonce, associated_data, bytes_of(plaintext), plaintext.size(), text, text + plaintext.size()))
    throw std::runtime_error("AES-256-GCM of OpenSSL failed");
  return out;
}

base::Result<std::string> open_sealed(const SealKey& key, std::string_view sealed, std::string_view associated_data) {
  if (sealed.size() < kSealOverhead || sealed.size() > kLargest || associated_data.size() > kLargest)
    return base::fail(base::Errc::invalid, "not a sealed value: its length");
  if (sealed[0] != kVersion) return base::fail(base::Errc::invalid, "sealed by an unknown version");
  const unsigned char* const nonce = bytes_of(sealed) + 1;
  const unsigned char* const text = nonce + kNonce;
  std::string out(sealed.size() - kSealOverhead, '\0');
  unsigned char tag[kTag];
  std::memcpy(tag, text + out.size(), kTag);
  const ErrorScope errors;
  if (!crypt<false>(key, nonce, associated_data, text, out.size(), bytes_of(out), tag)) {
    wipe(out);
    return base::fail(base::Errc::invalid, "the seal is broken");
  }
  return out;
}

}  // namespace cardea::crypto
