#include "crypto/random_token.h"

#include "base/base64.h"

namespace cardea::crypto {

std::string random_token(base::Random& random, std::size_t bytes) {
  return base::base64url_encode(base::random_bytes(random, bytes));
}

}  // namespace cardea::crypto
