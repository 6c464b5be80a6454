#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace cardea::crypto {

// SHA-256 of something that comes in pieces. One thread.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(Sha256Stream&&) noexcept;
  Sha256Stream& operator=(Sha256Stream&&) noexcept;

  void update(std::string_view piece);
  // 32 raw bytes. Begins anew.
  std::string finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cardea::crypto
