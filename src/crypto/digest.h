#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cardea::crypto {

// Raw bytes (FIPS 180-4): 32, 48 and 64 of them. Safe from any thread.
std::string sha256(std::string_view data);
std::string sha384(std::string_view data);
std::string sha512(std::string_view data);

// 32 lower-case hex digits. Only for Gravatar addresses, which are defined by it; MD5 protects nothing.
std::string md5_hex(std::string_view data);

// RFC 2104 over SHA-256; 32 raw bytes.
std::string hmac_sha256(std::string_view key, std::string_view data);

// RFC 5869 over SHA-256; `length` raw bytes, at most 8160 (longer is a bug: std::invalid_argument).
// `secret` must be high in entropy: this is not for passwords.
std::string hkdf_sha256(std::string_view secret, std::string_view salt, std::string_view info, std::size_t length);

}  // namespace cardea::crypto
