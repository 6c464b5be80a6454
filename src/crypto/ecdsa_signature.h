#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cardea::crypto {

// ECDSA signatures as OpenSSL has them (DER, RFC 3279 §2.2.3) and as JOSE has them (r || s, each of `size` bytes, RFC
// 7518 §3.4).

// nullopt: not DER, or a number does not fit.
std::optional<std::string> ecdsa_der_to_jose(std::string_view der, std::size_t size);
// nullopt: not 2 * size bytes long, or r or s is zero.
std::optional<std::string> ecdsa_jose_to_der(std::string_view jose, std::size_t size);

}  // namespace cardea::crypto
