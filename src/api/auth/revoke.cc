#include "api/auth/endpoints.h"
#include "api/auth/oauth_answers.h"
#include "api/auth/request_parameters.h"

namespace cardea::api {

// POST /oauth/revoke (RFC 7009, reference §8.4).
base::awaitable<http::Response> revoke(const AuthServices& services, http::Request request) {
  const auto context = co_await services.contexts.of(request);
  if (!context) co_return no_context(context.error());
  const auto parameters = body_parameters(request);
  if (!parameters) co_return parameters.error();
  if (parameters->repeated()) co_return oauth_error(400, "invalid_request", "Repeated parameter");

  const auto client =
      co_await services.clients.authenticate(*context, *parameters, request.header("authorization").value_or(""));
  if (!client) co_return oauth_error(request, client.error());
  if (!parameters->has("token")) co_return oauth_error(400, "invalid_request", "Missing required parameter: token");
  const auto done = co_await services.revocation.revoke(*context, **client, std::string(parameters->get("token")));
  if (!done) co_return oauth_error(request, done.error());
  http::Response response;
  co_return response.cache("no-store");
}

}  // namespace cardea::api
