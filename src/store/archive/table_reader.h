#pragma once

#include <soci/soci.h>

#include <memory>
#include <optional>
#include <vector>

#include "store/archive/table.h"

namespace cardea::store {

// All rows of a table in the order of its key, a page at a time: memory does not grow with the table. Within a Snapshot
// they are those of one moment. Throws soci::soci_error.
class TableReader {
 public:
  // Reads the columns that `table` has. `session` must outlive it.
  TableReader(soci::session& session, Table table);
  ~TableReader();

  // nullopt at the end.
  std::optional<Row> next();

  static constexpr std::size_t kPage = 128;

 private:
  class Query;

  void read_page();
  Query& query(std::size_t depth);

  soci::session& session_;
  const Table table_;
  std::vector<std::unique_ptr<Query>> queries_;
  std::vector<Row> page_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;  // of the query that comes next
  bool ended_ = false;
  Row last_;
};

}  // namespace cardea::store
