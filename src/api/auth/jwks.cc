#include "api/auth/endpoints.h"
#include "api/auth/oauth_answers.h"

namespace cardea::api {

// GET /.well-known/jwks.json: every key that a living token may have been signed with, and the next one.
base::awaitable<http::Response> jwks(const AuthServices& services, http::Request request) {
  const auto context = co_await services.contexts.of(request);
  if (!context) co_return no_context(context.error());

  auto response = http::Response::json_text(200, context->tenant->jwks);
  response.cacheable_etag = true;
  co_return response.cache("public, max-age=15, stale-while-revalidate=15, stale-if-error=86400");
}

}  // namespace cardea::api
