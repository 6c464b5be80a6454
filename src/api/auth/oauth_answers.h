#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/request.h"
#include "http/response.h"
#include "identity/request_context.h"
#include "oauth/refusal.h"

namespace cardea::api {

// {"error","error_description"}, never cached (RFC 6749 §5.2).
http::Response oauth_error(int status, std::string_view error, std::string_view description);

// The status that Auth0's clients expect for a refusal (reference §4.2).
int status_of(oauth::RefusalCode code);

// With Retry-After where trying again may help, and WWW-Authenticate where the client used HTTP Basic (RFC 6749 §5.2).
http::Response oauth_error(const http::Request& request, const oauth::Refusal& refusal);

// The host is unknown (404), or its tenant cannot be loaded now (503).
http::Response no_context(const base::Error& error);

// Answers with tokens, or about them (RFC 6749 §5.1).
http::Response uncached_json(std::string text);

}  // namespace cardea::api
