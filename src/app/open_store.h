#pragma once

#include <memory>

#include "app/config.h"
#include "base/result.h"
#include "store/open.h"

namespace cardea::app {

// Opens the database of `store.url` and migrates it. The one place that names the backends.
base::Result<std::unique_ptr<store::Database>> open_store(const Config& config,
                                                          const store::Surroundings& surroundings);

}  // namespace cardea::app
