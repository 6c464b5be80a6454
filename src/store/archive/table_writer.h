#pragma once

#include <soci/soci.h>

#include <memory>

#include "store/archive/table.h"

namespace cardea::store {

// Inserts rows with the columns that `table` has, some at once. Within a transaction of the caller. Throws
// soci::soci_error, and NotStorable for a text that the engine cannot keep.
class TableWriter {
 public:
  // `session` must outlive it.
  TableWriter(soci::session& session, Table table);
  ~TableWriter();

  void add(Row row);
  // Before the transaction ends.
  void flush();

 private:
  class Insert;

  static constexpr std::size_t kAtOnce = 32;
  // Larger rows go one by one: a statement is one packet for MySQL, and those have a limit.
  static constexpr std::size_t kBytesAtOnce = std::size_t{4} << 20;

  soci::session& session_;
  const Table table_;
  std::vector<Row> waiting_;
  std::size_t bytes_ = 0;  // of them
  std::unique_ptr<Insert> many_, one_;
};

}  // namespace cardea::store
