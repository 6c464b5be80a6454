#pragma once

#include <string>

#include "app/commands/commands.h"
#include "app/commands/verify_progress.h"
#include "base/async.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/random.h"
#include "base/result.h"
#include "http/client.h"

namespace cardea::app {

// The issuer that an operator means with "https://host[:port][/]": always with a slash at the end. invalid: no http(s)
// address, or one with a query, a fragment or credentials.
base::Result<std::string> issuer_from(const std::string& url);

// All steps of `cardea verify`: until the first that fails, and then the removal of what was made, whatever happened.
// Gives the summary to print. All must outlive the awaitable.
base::awaitable<base::json::object> verify_deployment(http::Client& client, const base::Clock& clock,
                                                      base::Random& random, VerifyOptions options, std::string issuer,
                                                      VerifyProgress& progress);

}  // namespace cardea::app
