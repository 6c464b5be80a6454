#pragma once

#include "api/login/page_flow.h"
#include "http/router.h"

namespace cardea::api {

// The universal login pages (Authentication API reference §7): GET shows a page, POST answers it and, when all is well,
// sends the browser on (303 would do as well; the reference says 302). Each screen is a file of its own.
void add_login_routes(http::Router& router, const LoginServices& services);

// One function per screen, used by add_login_routes().
base::awaitable<http::Response> show_login(PageFlow flow, http::Request request);
base::awaitable<http::Response> answer_login(PageFlow flow, http::Request request);
base::awaitable<http::Response> show_signup(PageFlow flow, http::Request request);
base::awaitable<http::Response> answer_signup(PageFlow flow, http::Request request);
base::awaitable<http::Response> show_consent(PageFlow flow, http::Request request);
base::awaitable<http::Response> answer_consent(PageFlow flow, http::Request request);
base::awaitable<http::Response> show_accounts(PageFlow flow, http::Request request);
base::awaitable<http::Response> answer_accounts(PageFlow flow, http::Request request);
base::awaitable<http::Response> show_reset_request(PageFlow flow, http::Request request);
base::awaitable<http::Response> answer_reset_request(PageFlow flow, http::Request request);
base::awaitable<http::Response> open_reset_link(PageFlow flow, http::Request request);
base::awaitable<http::Response> show_reset_change(PageFlow flow, http::Request request);
base::awaitable<http::Response> answer_reset_change(PageFlow flow, http::Request request);
base::awaitable<http::Response> open_verification_link(PageFlow flow, http::Request request);
base::awaitable<http::Response> show_logout(PageFlow flow, http::Request request);
base::awaitable<http::Response> answer_logout(PageFlow flow, http::Request request);

// What a new password at this connection must be.
PasswordRules password_rules_of(const model::Connection& connection);

}  // namespace cardea::api
