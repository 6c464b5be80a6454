#include "api/auth/endpoints.h"
#include "api/auth/oauth_answers.h"

namespace cardea::api {

// GET /.well-known/openid-configuration and /.well-known/oauth-authorization-server
base::awaitable<http::Response> discovery(const AuthServices& services, http::Request request) {
  const auto context = co_await services.contexts.of(request);
  if (!context) co_return no_context(context.error());

  auto response = http::Response::json_text(200, *services.discovery.document(*context));
  response.cacheable_etag = true;
  co_return response.cache("public, max-age=15, stale-while-revalidate=15, stale-if-error=86400");
}

}  // namespace cardea::api
