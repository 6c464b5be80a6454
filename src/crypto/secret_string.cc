#include "crypto/secret_string.h"

#include <openssl/crypto.h>

namespace cardea::crypto {

void wipe(std::string& text) {
  text.resize(text.capacity());
  if (!text.empty()) OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

SecretString::SecretString(std::string&& text) {
  text_.swap(text);
  wipe(text);
}

SecretString::SecretString(SecretString&& other) noexcept {
  text_.swap(other.text_);
  wipe(other.text_);
}

}  // namespace cardea::crypto
