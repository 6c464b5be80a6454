#pragma once

#include <chrono>

#include "base/clock.h"

namespace cardea::store {

// Deadlines of a database server. A row lock is given up before the statement is.
struct ServerLimits {
  base::Duration statement = std::chrono::seconds{10};
  base::Duration lock = std::chrono::seconds{5};
};

}  // namespace cardea::store
