#pragma once

#include "api/operate/health.h"
#include "app/services.h"
#include "http/router.h"

namespace cardea::app {

// Every route of a node. Both must outlive the router.
http::Router make_router(Services& services, api::Health& health);

}  // namespace cardea::app
