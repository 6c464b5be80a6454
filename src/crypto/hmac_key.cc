#include "crypto/hmac_key.h"

#include "crypto/constant_time.h"
#include "crypto/digest.h"
#include "crypto/secret_string.h"

namespace cardea::crypto {

base::Result<HmacKey> HmacKey::from_bytes(std::string_view secret) {
  if (secret.size() < 32 || secret.size() > 1024)
    return base::fail(base::Errc::invalid, "a secret for HS256 has 32 to 1024 bytes");
  return HmacKey(secret);
}

HmacKey::~HmacKey() { wipe(secret_); }

std::string HmacKey::sign(std::string_view data) const { return hmac_sha256(secret_, data); }

bool HmacKey::verify(std::string_view data, std::string_view signature) const {
  return equal_constant_time(hmac_sha256(secret_, data), signature);
}

}  // namespace cardea::crypto
