#pragma once

#include "app/config.h"

namespace cardea::app {

// Serves until SIGTERM or SIGINT, then drains: stops accepting, lets open requests end, closes the store. SIGHUP takes
// renewed certificates. Gives the exit status: 0, 1 when a part fails, 2 for a wrong setting.
int serve(Config config);

}  // namespace cardea::app
