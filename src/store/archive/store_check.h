#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "store/archive/archive.h"

namespace cardea::store {

// One thing that is wrong with a store.
struct Finding {
  std::string what;  // "damaged_row", "lookup", "stamp", "claim_without_row", "feed_without_row", …
  std::string table;
  std::string tenant, id;  // of the row, when there is one
};

struct StoreReport {
  StoreIdentity store;
  std::map<std::string, std::uint64_t, std::less<>> rows;    // by table
  std::map<std::string, std::uint64_t, std::less<>> counts;  // how often each Finding::what was found
  std::vector<Finding> findings;                             // the first kMostFindings of them
  std::uint64_t expired = 0;  // rows that the sweeper has not removed yet although it could: no fault

  static constexpr std::size_t kMostFindings = 100;
  bool good() const { return counts.empty(); }
  void add(Finding finding);
};

// Reads every row of the store, as it is at one moment and while it is in use, and changes nothing: whether documents
// and stamps can be read, lookups are those of the document, names belong to rows that live, the feed has every row
// once in each lane at most, below its head, and nothing but rows; and the engine's own check, where it has one.
base::Result<StoreReport> check_store(std::string_view url, const ArchiveTools& tools);

}  // namespace cardea::store
