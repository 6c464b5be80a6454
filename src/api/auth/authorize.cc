#include "api/auth/browser_answers.h"
#include "api/auth/endpoints.h"
#include "api/auth/oauth_answers.h"
#include "api/auth/request_parameters.h"
#include "api/browser_cookies.h"

namespace cardea::api {

// GET and POST /authorize (RFC 6749 §3.1): a POST has its parameters in the form.
base::awaitable<http::Response> authorize(const AuthServices& services, http::Request request) {
  const auto context = co_await services.contexts.of(request);
  if (!context) co_return no_context(context.error());
  auto parameters = request.method == "POST" ? body_parameters(request) : query_parameters(request);
  if (!parameters)
    co_return services.error_page(request, &*context, parameters.error().status, "invalid_request",
                                  "Malformed parameters");

  oauth::AuthorizeFlow::Browser browser{session_cookie_of(request), browser_cookie_of(request)};
  std::string new_cookie;
  if (browser.browser_cookie.empty())
    new_cookie = browser.browser_cookie = base::random_alphanumeric(services.random, 32);
  auto outcome = co_await services.authorize.begin(*context, std::move(*parameters), std::move(browser));
  co_return authorize_answer(services, request, *context, std::move(outcome), std::move(new_cookie));
}

}  // namespace cardea::api
