#pragma once

#include <functional>

#include "store/database.h"

namespace cardea::store {

// What may befall a disk, for tests. `memory` was opened by open_memory().

// Gives what sets the database back to this moment, its clock apart, as a restored disk does.
std::function<void()> remember(Database& memory);

// The row is gone, without a trace in the feed. Whether it was there.
bool lose(Database& memory, const Key& key);

}  // namespace cardea::store
