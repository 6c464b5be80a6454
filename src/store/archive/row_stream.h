#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/archive/manifest.h"
#include "store/archive/sealed_archive.h"
#include "store/archive/table.h"

namespace cardea::store {

// The content of an archive: tables one after the other, each with the columns that it was made with, its rows, and at
// its end how many and what they were.

class RowStreamWriter {
 public:
  // `output` must outlive it.
  explicit RowStreamWriter(SealedOutput& output) : output_(output) {}

  base::Result<void> begin(const Table& table);
  // `encoded` by append_row.
  base::Result<void> row(std::string_view encoded);
  base::Result<void> end(const TableSum& sum);
  // After the last table.
  base::Result<void> finish();

 private:
  SealedOutput& output_;
  std::string buffer_;
};

class RowStreamReader {
 public:
  // `input` must outlive it.
  explicit RowStreamReader(SealedInput& input) : input_(input) {}

  // The next table with the columns that the archive has of it. nullopt: that was the last one. invalid: one, or a
  // column, that this version does not know, so it would be lost.
  base::Result<std::optional<Table>> begin();
  // The next row of it. nullopt: the end of the table, which `sum()` then tells about.
  base::Result<std::optional<Row>> row();
  const TableSum& sum() const { return sum_; }

 private:
  base::Result<std::uint64_t> number(int bytes);
  base::Result<std::string> name();

  SealedInput& input_;
  Table table_;
  TableSum sum_;
};

// Longest text that a row may have.
inline constexpr std::size_t kMaxText = std::size_t{32} << 20;

}  // namespace cardea::store
