#include "api/auth/browser_answers.h"
#include "api/auth/endpoints.h"
#include "api/auth/oauth_answers.h"
#include "api/auth/request_parameters.h"
#include "api/browser_cookies.h"

namespace cardea::api {

// GET /v2/logout
base::awaitable<http::Response> v2_logout(const AuthServices& services, http::Request request) {
  const auto context = co_await services.contexts.of(request);
  if (!context) co_return no_context(context.error());
  auto parameters = query_parameters(request);
  if (!parameters) co_return services.error_page(request, &*context, 400, "invalid_request", "Malformed parameters");

  const auto outcome = co_await services.logout.v2(*context, std::move(*parameters), session_cookie_of(request));
  co_return logout_answer(services, request, *context, outcome, {});
}

}  // namespace cardea::api
