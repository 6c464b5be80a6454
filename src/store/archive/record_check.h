#pragma once

#include <soci/soci.h>

#include <memory>
#include <optional>
#include <string>

#include "store/archive/store_check.h"
#include "store/archive/table.h"
#include "store/kind.h"
#include "store/record.h"

namespace cardea::store {

// Looks at the rows of one kind, one by one. Throws soci::soci_error.
class RecordCheck {
 public:
  // All must outlive it.
  RecordCheck(soci::session& session, const KindSchema& schema, const Table& table, base::Time now,
              StoreReport& report);
  ~RecordCheck();

  void row(const Row& row);

 private:
  class Holders;

  void found(std::string_view what, const Key& key);
  void check_content(const Record& record, const Row& row);
  void check_claim(const Record& record);

  const KindSchema& schema_;
  const base::Time now_;
  StoreReport& report_;
  std::size_t deleted_, expires_at_, ver_, doc_;  // columns
  std::unique_ptr<Holders> holders_;              // of claims
};

}  // namespace cardea::store
