#include "api/auth/endpoints.h"
#include "api/auth/oauth_answers.h"
#include "api/auth/request_parameters.h"

namespace cardea::api {

// POST /oauth/introspect (RFC 7662 §2.1): confidential clients only, as a public one proves nothing.
base::awaitable<http::Response> introspect(const AuthServices& services, http::Request request) {
  const auto context = co_await services.contexts.of(request);
  if (!context) co_return no_context(context.error());
  const auto parameters = body_parameters(request);
  if (!parameters) co_return parameters.error();
  if (parameters->repeated()) co_return oauth_error(400, "invalid_request", "Repeated parameter");

  const auto client =
      co_await services.clients.authenticate(*context, *parameters, request.header("authorization").value_or(""));
  if (!client) co_return oauth_error(request, client.error());
  if (!oauth::is_confidential(**client)) co_return oauth_error(401, "invalid_client", "Unauthorized");
  if (!parameters->has("token")) co_return oauth_error(400, "invalid_request", "Missing required parameter: token");
  const auto answer =
      co_await services.introspection.introspect(*context, **client, std::string(parameters->get("token")));
  if (!answer) co_return oauth_error(request, answer.error());
  co_return uncached_json(base::json::serialize(*answer));
}

}  // namespace cardea::api
