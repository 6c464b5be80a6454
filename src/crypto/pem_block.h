#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace cardea::crypto {

// One block of a PEM text (RFC 7468), decoded; wiped when it dies. For the files of crypto/ only.
class PemBlock {
 public:
  static constexpr std::size_t kMaxText = std::size_t{64} * 1024;

  // The first block; an "EC PARAMETERS" block, which older tools write before a key, is passed over. invalid: no block,
  // a text too long, or one with encryption headers.
  static base::Result<PemBlock> read(std::string_view text);

  PemBlock(PemBlock&& other) noexcept;
  PemBlock(const PemBlock&) = delete;
  PemBlock& operator=(const PemBlock&) = delete;
  PemBlock& operator=(PemBlock&&) = delete;
  ~PemBlock();

  const std::string& label() const { return label_; }
  std::string_view der() const { return der_; }

 private:
  PemBlock(std::string label, std::string der) : label_(std::move(label)), der_(std::move(der)) {}

  std::string label_;
  std::string der_;
};

}  // namespace cardea::crypto
