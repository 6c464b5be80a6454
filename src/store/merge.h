#pragma once

#include <string>
#include <vector>

#include "store/record.h"

namespace cardea::store {

// Two states of one row made into one, field group by field group, by the rules of the kind's schema (REPLICATION.md
// §2.5). The outcome does not depend on the order in which states are merged, nor on how often.
struct Merged {
  Record record;
  std::vector<std::string> changed;  // groups that `mine` did not have so; kDeletionGroup when the row was deleted

  bool any() const { return !changed.empty(); }
};
Merged merge(const Record& mine, const Record& theirs);

}  // namespace cardea::store
