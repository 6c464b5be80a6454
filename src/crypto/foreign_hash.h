#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cardea::crypto {

// A password as another system has hashed it, brought here by an import. It is verified until its user signs in for the
// first time and the password is hashed anew; nothing here makes one. Most of these are far weaker than what we store.
struct ForeignHash {
  enum Kind {
    digest,  // of the password with the salt before or behind it
    hmac,    // the same under a key (RFC 2104)
    pbkdf2,  // RFC 8018 §5.2
    scrypt   // RFC 7914
  };
  // How the characters of a password become bytes; one that the encoding does not have is wrong.
  enum Encoding { utf8, utf16le, latin1, ascii };

  Kind kind = digest;
  std::string algorithm;  // of all but scrypt: md5, ripemd160, sha1, sha224, sha256, sha384, sha512
  Encoding encoding = utf8;
  std::string salt, key, output;  // raw bytes
  bool salt_behind = false;
  std::uint32_t iterations = 0;                       // of pbkdf2
  std::uint32_t cost = 0, block_size = 0, lanes = 0;  // of scrypt: N, r and p
};

// The most that a hash may ask of us: it comes from outside and is computed at each login.
inline constexpr std::uint64_t kMaxPbkdf2Work = 4'000'000;            // iterations × blocks of output
inline constexpr std::uint64_t kMaxScryptMemory = 256 * 1024 * 1024;  // bytes; 128 N r
inline constexpr std::uint64_t kMaxScryptWork = 512 * 1024 * 1024;    // 128 N r p
inline constexpr std::size_t kMaxForeignPart = 1024;                  // bytes of a salt, a key or an output

// "$foreign$…": the form in which it is kept. invalid: out of bounds, an unknown algorithm, or an output that is not as
// long as the algorithm makes it.
base::Result<std::string> write_foreign_hash(const ForeignHash& hash);

// Whether it is of that form; verify_foreign_hash() may still give false for all passwords.
bool is_foreign_hash(std::string_view stored);

// False for what write_foreign_hash() would not write, and for a password of more than 1024 bytes. Compares in constant
// time. Takes up to seconds and 256 MiB: run it in a HashPool.
bool verify_foreign_hash(std::string_view stored, std::string_view password);

}  // namespace cardea::crypto
