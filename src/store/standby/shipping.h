#pragma once

#include "store/database.h"

namespace cardea::store {

struct Shipped {
  std::size_t rows = 0, events = 0;
};

// Brings what a standby kept beside its database into a database that takes writes, from where the last call ended;
// rows are merged, so that it does not matter what has been brought over before. An event may come twice when a call is
// cut. Jobs stay where they are.
base::awaitable<base::Result<Shipped>> ship(Database& side, Database& main);

}  // namespace cardea::store
