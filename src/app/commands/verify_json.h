#pragma once

#include <optional>
#include <string>

#include "base/async.h"
#include "base/json.h"
#include "base/result.h"
#include "http/client.h"

namespace cardea::app {

// Sends a request and reads the JSON of its answer. Any status but `wanted` is an error (unavailable) that names the
// request, the status and what the body calls the error: "POST /oauth/token answered 401 access_denied: Unauthorized".
// null for an answer without a body. `client` must live until the awaitable is done.
base::awaitable<base::Result<base::json::value>> call_json(http::Client& client, http::OutgoingRequest request,
                                                           int wanted);

// The same, of an answer that must be an object.
base::awaitable<base::Result<base::json::object>> call_json_object(http::Client& client, http::OutgoingRequest request,
                                                                   int wanted);

}  // namespace cardea::app
