#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "model/ids.h"
#include "store/database.h"
#include "store/tenant_keys.h"

namespace cardea::store {

// What every backend gets. All must outlive the database.
struct Surroundings {
  const base::Clock& clock;
  base::Random& random;
  base::Log& log;
  TenantKeys& keys;        // claims are keyed by tenant
  model::CellNumber cell;  // `cell.number`
  // Whether all that is written belongs to an import: it goes to the lane `bulk` and waits for no other cell, whatever
  // its class (REPLICATION.md §2.3).
  bool import = false;
};

// Keeps everything in this process and forgets it at the end. For tests and trials.
std::unique_ptr<Database> open_memory(const Surroundings& surroundings);

}  // namespace cardea::store
