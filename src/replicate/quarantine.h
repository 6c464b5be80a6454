#pragma once

#include <cstdint>

#include "replicate/cell.h"

namespace cardea::replicate {

// Rows of peers that wait outside (REPLICATION.md §2.4): tried again when it may help.
struct Retried {
  std::uint64_t tried = 0;
  std::uint64_t taken = 0;
};
// All of them: after a start, which may be one of a newer program, and when somebody says so.
base::awaitable<base::Result<Retried>> retry_quarantine(const Cell& cell);
// Those that were held back until now.
base::awaitable<base::Result<Retried>> retry_due(const Cell& cell);

}  // namespace cardea::replicate
