#include "crypto/pem_block.h"

#include <openssl/pem.h>

#include "crypto/openssl_ptr.h"
#include "crypto/secret_string.h"

namespace cardea::crypto {

base::Result<PemBlock> PemBlock::read(std::string_view text) {
  const ErrorScope errors;
  if (text.size() > kMaxText) return base::fail(base::Errc::invalid, "PEM text of more than 64 KiB");
  const BioPtr bio(BIO_new_mem_buf(bytes_of(text), static_cast<int>(text.size())));
  while (true) {
    char* name = nullptr;
    char* header = nullptr;
    unsigned char* data = nullptr;
    long size = 0;
    if (PEM_read_bio(bio.get(), &name, &header, &data, &size) != 1)
      return base::fail(base::Errc::invalid, "no PEM block");
    PemBlock block(name, std::string(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size)));
    const bool plain = *header == '\0';
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, static_cast<std::size_t>(size));
    if (!plain) return base::fail(base::Errc::invalid, "an encrypted PEM block");
    if (block.label() != "EC PARAMETERS") return block;
  }
}

PemBlock::PemBlock(PemBlock&& other) noexcept : label_(std::move(other.label_)) { der_.swap(other.der_); }

PemBlock::~PemBlock() { wipe(der_); }

}  // namespace cardea::crypto
