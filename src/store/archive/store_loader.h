#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "store/archive/manifest.h"
#include "store/archive/store_session.h"
#include "store/archive/table.h"
#include "store/archive/table_writer.h"

namespace cardea::store {

// Fills an EMPTY database with the rows of another store, in transactions of some thousand rows. Until finish() the
// database says that it is unfinished, and no program opens it (store/sql/cell_identity.h). Of several that try at once
// one gets it; when that one dies, another may take over after kLease, and begins anew. One thread.
class StoreLoader {
 public:
  static constexpr base::Duration kLease = std::chrono::seconds(30);

  // already_exists: the database is in use. conflict: another one is filling it now. Both must outlive it.
  static base::Result<std::unique_ptr<StoreLoader>> claim(StoreSession& session, const base::Clock& clock,
                                                          base::Random& random);
  // Takes back what finish() has not made final.
  ~StoreLoader();
  StoreLoader(const StoreLoader&) = delete;
  StoreLoader& operator=(const StoreLoader&) = delete;

  // Rows of one table after the other, with the columns that `table` has. conflict: another one has taken over.
  base::Result<void> begin(const Table& table);
  base::Result<void> add(Row row);
  base::Result<void> end();

  // What is in the database now.
  base::Result<TableSums> read_back();
  // Gives the database to its cell.
  base::Result<void> finish(const StoreIdentity& identity);

 private:
  StoreLoader(StoreSession& session, const base::Clock& clock, std::string marker)
      : session_(session), clock_(clock), marker_(std::move(marker)) {}

  base::Result<void> open_transaction();
  base::Result<void> close_transaction();
  void roll_back();

  StoreSession& session_;
  const base::Clock& clock_;
  const std::string marker_;
  std::vector<Table> tables_;
  std::optional<TableWriter> writer_;
  bool in_transaction_ = false;
  bool finished_ = false;
  std::size_t rows_ = 0, bytes_ = 0;  // of the open transaction
};

// Whether nobody has made anything of the database yet, so that a restore may begin; a restore that has not come to its
// end counts as empty.
base::Result<bool> is_empty_store(std::string_view url);

}  // namespace cardea::store
