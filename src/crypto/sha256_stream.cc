#include "crypto/sha256_stream.h"

#include <stdexcept>

#include "crypto/message_digest.h"
#include "crypto/openssl_ptr.h"

namespace cardea::crypto {
namespace {

void must(int ok) {
  if (ok != 1) throw std::runtime_error("SHA-256 of OpenSSL failed");
}

}  // namespace

struct Sha256Stream::Impl {
  OpensslPtr<EVP_MD_CTX, EVP_MD_CTX_free> context{EVP_MD_CTX_new()};

  void begin() { must(EVP_DigestInit_ex2(context.get(), sha256_md(), nullptr)); }
};

Sha256Stream::Sha256Stream() : impl_(std::make_unique<Impl>()) { impl_->begin(); }
Sha256Stream::~Sha256Stream() = default;
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&&) noexcept = default;

void Sha256Stream::update(std::string_view piece) {
  must(EVP_DigestUpdate(impl_->context.get(), piece.data(), piece.size()));
}

std::string Sha256Stream::finish() {
  std::string out(32, '\0');
  must(EVP_DigestFinal_ex(impl_->context.get(), bytes_of(out), nullptr));
  impl_->begin();
  return out;
}

}  // namespace cardea::crypto
