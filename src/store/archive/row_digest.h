#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "store/archive/table.h"

namespace cardea::store {

// Appends the values in the one form that archives and digests know: a number as eight bytes, a text as its length in
// four and its bytes, all big endian.
void append_row(std::string& out, const Row& row);

// How many rows a table has and what is in them, whatever engine they are in and in whatever order they come: the sum,
// modulo 2^256, of the SHA-256 of every row with the name of its table. Protects from mistakes; who may choose rows
// freely could in principle find two sets with the same sum, so archives are authenticated besides.
class RowDigest {
 public:
  explicit RowDigest(std::string_view table) : prefix_(table) { prefix_.push_back('\0'); }

  // `encoded` is what append_row gave.
  void add(std::string_view encoded);

  std::uint64_t rows() const { return rows_; }
  std::string hex() const;

 private:
  std::string prefix_;
  std::string scratch_;
  std::array<std::uint64_t, 4> sum_{};  // least significant first
  std::uint64_t rows_ = 0;
};

}  // namespace cardea::store
