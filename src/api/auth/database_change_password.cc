#include "api/auth/database_connection.h"
#include "api/auth/endpoints.h"
#include "api/auth/oauth_answers.h"
#include "api/auth/request_parameters.h"

namespace cardea::api {

// POST /dbconnections/change_password: mails a link; the answer is the same for people that nobody knows.
base::awaitable<http::Response> database_change_password(const AuthServices& services, http::Request request) {
  const auto context = co_await services.contexts.of(request);
  if (!context) co_return no_context(context.error());
  const auto body = json_body(request);
  if (!body) co_return body.error();
  const auto call = find_database(*context->tenant, *body);
  if (!call) co_return call.error();
  auto identifier = base::get_string_or(*body, "email", base::get_string_or(*body, "username"));
  if (identifier.empty() || identifier.size() > 320) co_return oauth_error(400, "invalid_request", "email is required");

  const auto asked = co_await services.recovery.request_reset(*context, *call->connection, call->client->client_id,
                                                              std::move(identifier));
  if (!asked) co_return no_context({base::Errc::unavailable, "password reset"});
  co_return http::Response::html(200, "We've just sent you an email to reset your password.");
}

}  // namespace cardea::api
