#pragma once

#include "store/database.h"

namespace cardea::store {

struct Shipped {
  std::size_t rows = 0;  // that brought something new
  std::size_t events = 0;
};

// Brings what a standby kept beside its database into a database that takes writes, from where the last call ended;
// rows are merged, so that it does not matter what has been brought over before. An event may come twice when a call is
// cut. Jobs stay where they are.
base::awaitable<base::Result<Shipped>> ship(Database& side, Database& main);

// The next call begins with the first row again: for another database than that of the last one.
base::awaitable<base::Result<void>> ship_rows_anew(Database& side);

// The number up to which the side's events have been brought over.
base::awaitable<base::Result<std::uint64_t>> shipped_events(Database& side);

}  // namespace cardea::store
