#pragma once

#include "app/foundation.h"
#include "base/async.h"
#include "base/result.h"
#include "identity/request_context.h"

namespace cardea::app {

// What requests know of where they come from, for a command, which has no browser.
base::awaitable<base::Result<identity::RequestContext>> command_context(Foundation& foundation, model::TenantId tenant);

}  // namespace cardea::app
