#pragma once

#include <string>
#include <string_view>

#include "api/auth/auth_services.h"

namespace cardea::api {

// The error page of the tenant (`error_page.url`), else the built-in one (reference §5).
http::Response browser_error(const AuthServices& services, const http::Request& request,
                             const identity::RequestContext& context, const oauth::Refusal& refusal);

// The outcome of the authorization endpoint as the browser gets it. `new_browser_cookie`: made up for this request
// because the browser had none; "" when it has one.
http::Response authorize_answer(const AuthServices& services, const http::Request& request,
                                const identity::RequestContext& context, oauth::AuthorizeFlow::Outcome outcome,
                                std::string new_browser_cookie);

// The outcome of a logout.
http::Response logout_answer(const AuthServices& services, const http::Request& request,
                             const identity::RequestContext& context, const oauth::Logout::Outcome& outcome,
                             std::string_view nowhere);

}  // namespace cardea::api
