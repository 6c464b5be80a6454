#include "crypto/chunk_seal.h"

#include <array>
#include <new>
#include <stdexcept>

#include "crypto/openssl_ptr.h"
#include "crypto/secret_string.h"

namespace cardea::crypto {
namespace {

using CipherCtxPtr = OpensslPtr<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using Nonce = std::array<unsigned char, 12>;

constexpr std::size_t kLargest = 1U << 30;  // OpenSSL counts in int

// Eleven bytes of position, big endian, and one that says whether it is the last chunk.
Nonce nonce_of(std::uint64_t position, bool last) {
  Nonce nonce{};
  for (int i = 0; i < 8; ++i) nonce[static_cast<std::size_t>(10 - i)] = static_cast<unsigned char>(position >> (8 * i));
  nonce[11] = last ? 1 : 0;
  return nonce;
}

CipherCtxPtr begin(const SealKey& key, const Nonce& nonce, std::string_view associated, bool encrypt) {
  static EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  CipherCtxPtr context(EVP_CIPHER_CTX_new());
  if (cipher == nullptr || context == nullptr) throw std::bad_alloc();
  int written = 0;
  const auto* secret = bytes_of(key.bytes());
  if (EVP_CipherInit_ex2(context.get(), cipher, secret, nonce.data(), encrypt ? 1 : 0, nullptr) != 1 ||
      EVP_CipherUpdate(context.get(), nullptr, &written, bytes_of(associated), static_cast<int>(associated.size())) !=
          1)
    throw std::runtime_error("AES-256-GCM of OpenSSL failed");
  return context;
}

bool run(EVP_CIPHER_CTX* context, std::string_view in, unsigned char* out) {
  int written = 0;
  return in.empty() || EVP_CipherUpdate(context, out, &written, bytes_of(in), static_cast<int>(in.size())) == 1;
}

}  // namespace

std::string ChunkSealer::seal(std::string_view chunk, bool last) {
  if (ended_) throw std::logic_error("a chunk after the last one");
  if (chunk.size() > kLargest) throw std::length_error("too long to seal");
  ended_ = last;
  const auto context = begin(key_, nonce_of(position_++, last), associated_, true);
  std::string out(chunk.size() + kChunkOverhead, '\0');
  unsigned char nothing[16];
  int written = 0;
  if (!run(context.get(), chunk, bytes_of(out)) || EVP_CipherFinal_ex(context.get(), nothing, &written) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(kChunkOverhead),
                          bytes_of(out) + chunk.size()) != 1)
    throw std::runtime_error("AES-256-GCM of OpenSSL failed");
  return out;
}

base::Result<std::string> ChunkOpener::open(std::string_view sealed, bool last) {
  if (ended_ || sealed.size() < kChunkOverhead || sealed.size() > kLargest)
    return base::fail(base::Errc::invalid, "not a sealed chunk");
  const auto context = begin(key_, nonce_of(position_, last), associated_, false);
  const auto text = sealed.substr(0, sealed.size() - kChunkOverhead);
  std::string tag(sealed.substr(text.size()));
  std::string out(text.size(), '\0');
  unsigned char nothing[16];
  int written = 0;
  const ErrorScope errors;
  if (!run(context.get(), text, bytes_of(out)) ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(kChunkOverhead), tag.data()) != 1 ||
      EVP_CipherFinal_ex(context.get(), nothing, &written) != 1) {
    wipe(out);
    return base::fail(base::Errc::invalid, "the seal of a chunk is broken");
  }
  ++position_;
  ended_ = last;
  return out;
}

}  // namespace cardea::crypto
