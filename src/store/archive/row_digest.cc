#include "store/archive/row_digest.h"

#include "crypto/digest.h"
#include "store/archive/big_endian.h"

namespace cardea::store {

void append_row(std::string& out, const Row& row) {
  for (const auto& value : row) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      append_number(out, static_cast<std::uint64_t>(*number), 8);
    } else {
      const auto& text = std::get<std::string>(value);
      append_number(out, text.size(), 4);
      out += text;
    }
  }
}

void RowDigest::add(std::string_view encoded) {
  scratch_.assign(prefix_).append(encoded);
  const std::string digest = crypto::sha256(scratch_);
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < sum_.size(); ++i) {
    const std::uint64_t part = read_number(std::string_view(digest).substr(24 - 8 * i, 8));
    const std::uint64_t with_carry = part + carry;
    carry = with_carry < carry ? 1 : 0;
    sum_[i] += with_carry;
    carry += sum_[i] < with_carry ? 1 : 0;
  }
  ++rows_;
}

std::string RowDigest::hex() const {
  std::string bytes;
  for (auto part = sum_.rbegin(); part != sum_.rend(); ++part) append_number(bytes, *part, 8);
  return to_hex(bytes);
}

}  // namespace cardea::store
