#include "api/auth/browser_answers.h"
#include "api/auth/endpoints.h"
#include "api/auth/oauth_answers.h"
#include "api/auth/request_parameters.h"
#include "api/browser_cookies.h"

namespace cardea::api {

// GET /authorize/resume: the pages are done. A reload decides again and gives another code.
base::awaitable<http::Response> authorize_resume(const AuthServices& services, http::Request request) {
  const auto context = co_await services.contexts.of(request);
  if (!context) co_return no_context(context.error());
  const auto parameters = query_parameters(request);
  if (!parameters || parameters->repeated())
    co_return services.error_page(request, &*context, 400, "invalid_request", "Malformed parameters");

  auto outcome = co_await services.authorize.resume(*context, std::string(parameters->get("state")),
                                                    {session_cookie_of(request), browser_cookie_of(request)});
  co_return authorize_answer(services, request, *context, std::move(outcome), {});
}

}  // namespace cardea::api
