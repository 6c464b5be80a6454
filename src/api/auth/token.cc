#include "api/auth/endpoints.h"
#include "api/auth/oauth_answers.h"
#include "api/auth/request_parameters.h"
#include "http/cidr.h"

namespace cardea::api {

namespace {

// What is no address is not believed.
std::string forwarded_address(const http::Request& request) {
  const auto address = http::IpAddress::parse(request.header("auth0-forwarded-for").value_or(""));
  return address ? address->to_string() : std::string();
}

}  // namespace

// POST /oauth/token (RFC 6749 §3.2, reference §4).
base::awaitable<http::Response> token(const AuthServices& services, http::Request request) {
  auto context = co_await services.contexts.of(request);
  if (!context) co_return no_context(context.error());
  auto parameters = body_parameters(request);
  if (!parameters) co_return parameters.error();

  oauth::TokenCall call{std::move(*context), std::move(*parameters),
                        std::string(request.header("authorization").value_or("")), forwarded_address(request)};
  auto answer = co_await services.tokens.issue(std::move(call));
  co_return answer ? uncached_json(std::move(*answer)) : oauth_error(request, answer.error());
}

}  // namespace cardea::api
