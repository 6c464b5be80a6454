#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"

namespace cardea::crypto {

// How new passwords are stored.
struct PasswordHashing {
  enum Scheme { bcrypt, argon2id };

  Scheme scheme = bcrypt;
  int bcrypt_cost = 10;                     // 4 … 20; each step doubles the time (10: about 45 ms)
  std::uint32_t argon2_memory_kib = 19456;  // 8 … 262144 per hash under way
  std::uint32_t argon2_passes = 2;          // 1 … 64
  std::uint32_t argon2_lanes = 1;           // 1 … 16; part of the hash, computed on one thread

  bool operator==(const PasswordHashing&) const = default;
};

// bcrypt looks at no more than this many bytes.
inline constexpr std::size_t kBcryptMaxPassword = 72;
inline constexpr std::size_t kArgon2MaxPassword = 1024;

// Whether hash_password() would take it. invalid: longer than 72 bytes (bcrypt; it would ignore the rest silently) or
// 1024 bytes (argon2id), holds a NUL byte, is empty, or the policy itself is out of range.
base::Result<void> check_hashable(const PasswordHashing& policy, std::string_view password);

// "$2b$…" (modular crypt) or "$argon2id$…" (PHC). Takes 10–500 ms of CPU: run it in a HashPool. Errors as
// check_hashable(). Safe from any thread.
base::Result<std::string> hash_password(const PasswordHashing& policy, std::string_view password, base::Random& random);

// Understands $2a$, $2b$, $2y$ (cost up to 20), $argon2id$, $argon2i$ and $argon2d$ (v=19; up to 256 MiB, 64 passes, 16
// lanes) and what crypto/foreign_hash.h writes. False for every other format, for a NUL byte, and for bcrypt with more
// than 72 bytes: such a password cannot have been set here. Compares in constant time.
bool verify_password(std::string_view stored, std::string_view password);

// Whether it is bcrypt or argon2 as verify_password() understands them, so that a hash from elsewhere can be kept.
bool is_password_hash(std::string_view stored);

// The stored hash is of another scheme, or weaker than the policy: hash anew at the next login. True for unknown
// formats.
bool needs_rehash(std::string_view stored, const PasswordHashing& policy);

// A well-formed stored hash that no password matches: verifying against it costs what the policy costs.
std::string unmatchable_hash(const PasswordHashing& policy);

}  // namespace cardea::crypto
