#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace cardea::store {

struct TableSum {
  std::uint64_t rows = 0;
  std::string digest;  // store/archive/row_digest.h, in hex

  bool operator==(const TableSum&) const = default;
};
using TableSums = std::map<std::string, TableSum, std::less<>>;

// Whose store it is: the row of `meta`.
struct StoreIdentity {
  std::uint16_t cell = 0;
  std::string incarnation;
  int schema = 0;
  std::int64_t epoch = 0;
  std::int64_t hlc_ceiling = 0;  // above every stamp in it

  bool operator==(const StoreIdentity&) const = default;
};

// What an archive says about itself at its end. Holds no personal data: names of tables, counts and digests.
struct Manifest {
  base::Time made_at{};
  std::string version;  // of the program
  std::string engine;   // as SOCI names it
  StoreIdentity store;
  TableSums tables;
  std::uint64_t bytes = 0;  // of the archive before the manifest
  std::string sha256;       // of these, in hex

  std::string to_text() const;
  // invalid: not the text of a manifest. Members of a newer version are passed over.
  static base::Result<Manifest> parse(std::string_view text);
};

// invalid: names the first table that differs.
base::Result<void> compare(const TableSums& expected, const TableSums& found);

}  // namespace cardea::store
