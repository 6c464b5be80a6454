#pragma once

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <string_view>

// Digests without an allocation or a look-up per call. For the files of crypto/ only.
namespace cardea::crypto {

// Fetched once per process; never freed.
const EVP_MD* sha1_md();
const EVP_MD* sha256_md();
const EVP_MD* sha384_md();
const EVP_MD* sha512_md();

struct DigestBytes {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
  unsigned size = 0;

  std::string_view view() const { return {reinterpret_cast<const char*>(bytes.data()), size}; }
};

DigestBytes digest(const EVP_MD* algorithm, std::string_view data);

}  // namespace cardea::crypto
