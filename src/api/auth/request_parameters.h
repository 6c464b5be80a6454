#pragma once

#include "base/json.h"
#include "base/result.h"
#include "http/request.h"
#include "http/response.h"
#include "oauth/parameters.h"

namespace cardea::api {

// The error is the answer to give: 400 or 415 with {"error","error_description"}.

// Of a form or a JSON object (reference §1); by Content-Type. No body at all has no parameters. 415: another type.
base::Result<oauth::Parameters, http::Response> body_parameters(const http::Request& request);

// Of the query.
base::Result<oauth::Parameters, http::Response> query_parameters(const http::Request& request);

// A JSON object with texts that are UTF-8 without NUL.
base::Result<base::json::object, http::Response> json_body(const http::Request& request);

}  // namespace cardea::api
