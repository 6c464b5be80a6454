#pragma once

#include <string>
#include <string_view>

#include "base/random.h"
#include "http/response.h"
#include "identity/request_context.h"
#include "oauth/authorization_request.h"

namespace cardea::api {

// Brings the answer of the authorization endpoint to the client: a redirect, a form that posts itself (OAuth 2.0 Form
// Post Response Mode) or a page that posts a message to the opener (reference §5). With code, `state` and `iss`.
http::Response answer_client(const identity::RequestContext& context, const oauth::ClientAnswer& answer,
                             base::Random& random);

// JSON for the inside of a script element: nothing in it can end the element or the line.
std::string json_for_script(const base::json::value& value);
// Text for element content and quoted attributes.
std::string escape_html(std::string_view text);

}  // namespace cardea::api
