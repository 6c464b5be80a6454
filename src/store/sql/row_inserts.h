#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "store/sql/kept_query.h"

namespace cardea::store {

// Inserts rows into a table, many with one statement where they wait for each other: a server that is asked once for 64
// rows answers many times as fast as one that is asked 64 times. On one session. One thread. Throws soci::soci_error.
class RowInserts {
 public:
  // Rows in one statement, and the bytes of text after which no more are added: a server bounds its packets.
  static constexpr std::size_t kMostRows = 64;
  static constexpr std::size_t kMostBytes = 256 << 10;

  // `ending`: how the statement ends, as Dialect::overwrite(). Rows of one flush() must differ in its keys then.
  RowInserts(const SqlLink& link, std::string table, std::vector<std::string> columns, std::string ending = "");

  // The row, in the order of the columns, waits; when there are enough they are written.
  void add(Cells row);
  bool waiting() const { return !rows_.empty(); }
  // Writes those that wait.
  void flush();
  // Drops them: the unit of work is given up.
  void forget();

 private:
  using Insert = KeptQuery<Cells, std::tuple<>>;
  // 1, 2, 4 … 64 rows.
  static constexpr std::size_t kSizes = 7;

  Insert& insert_of(std::size_t size);
  std::string text_of(std::size_t rows) const;

  const SqlLink link_;
  const std::string table_;
  const std::vector<std::string> columns_;
  const std::string ending_;
  Cells rows_;  // one after the other
  std::size_t bytes_ = 0;
  std::array<std::unique_ptr<Insert>, kSizes> inserts_;
};

}  // namespace cardea::store
