#pragma once

#include <cstddef>
#include <string>

#include "base/random.h"

namespace cardea::crypto {

// An unguessable value for URLs and headers: `bytes` random bytes as base64url without padding.
// 32 bytes (43 characters) for anything that is worth guessing.
std::string random_token(base::Random& random, std::size_t bytes);

}  // namespace cardea::crypto
