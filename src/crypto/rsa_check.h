#pragma once

#include <openssl/evp.h>

#include "base/result.h"

// For the files of crypto/ only.
namespace cardea::crypto {

// 2048 to 8192 bits, an odd modulus, an odd exponent from 3 to 64 bits long; invalid otherwise.
base::Result<void> check_rsa_public(EVP_PKEY* key);

// Whether d, p, q, dp, dq and qi belong to each other and to n and e (RFC 8017 §3.2). Costs some 50 µs: that p and q
// are prime is not looked at, since only the owner of a key could harm himself so.
base::Result<void> check_rsa_private(EVP_PKEY* key);

}  // namespace cardea::crypto
