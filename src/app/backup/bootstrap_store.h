#pragma once

#include "app/config.h"
#include "base/result.h"

namespace cardea::app {

// For store.bootstrap_from, before the store is opened: an empty database is filled from the newest backup there. Of
// several nodes that start at once one does it, the others wait for it; one that is in use is left alone. Tells what it
// does as the program logs. not_found: there is no backup, so an empty start is not what was meant.
base::Result<void> bootstrap_store(const Config& config);

}  // namespace cardea::app
