#pragma once

#include <string>
#include <string_view>

namespace cardea::crypto {

// Overwrites the characters, also those that a short string keeps inside the object, and leaves it empty.
void wipe(std::string& text);

// A password or the like on its way through a queue; wiped when it is moved from or dies.
class SecretString {
 public:
  explicit SecretString(std::string&& text);
  SecretString(SecretString&& other) noexcept;
  SecretString(const SecretString&) = delete;
  SecretString& operator=(const SecretString&) = delete;
  SecretString& operator=(SecretString&&) = delete;
  ~SecretString() { wipe(text_); }

  std::string_view view() const { return text_; }

 private:
  std::string text_;
};

}  // namespace cardea::crypto
