#include "oauth/userinfo_claims.h"

#include "api/auth/endpoints.h"
#include "api/auth/oauth_answers.h"
#include "api/auth/request_parameters.h"

namespace cardea::api {
namespace {

http::Response unauthorized(std::string_view error, std::string_view description) {
  auto response = http::Response::text(401, "Unauthorized");
  std::string challenge = "Bearer realm=\"Users\"";
  if (!error.empty())
    challenge.append(", error=\"").append(error).append("\", error_description=\"").append(description).append("\"");
  response.header("WWW-Authenticate", challenge);
  return response;
}

// RFC 6750 §2.1, and §2.2 for forms; never from the query, which ends up in logs.
std::string bearer_token(const http::Request& request) {
  const auto header = request.header("authorization").value_or("");
  if (http::equal_ignoring_case(header.substr(0, 7), "bearer ")) return std::string(header.substr(7));
  if (!header.empty() || request.method != "POST") return {};
  const auto parameters = body_parameters(request);
  return parameters ? std::string(parameters->get("access_token")) : std::string();
}

}  // namespace

// GET and POST /userinfo (OpenID Connect Core §5.3).
base::awaitable<http::Response> userinfo(const AuthServices& services, http::Request request) {
  const auto context = co_await services.contexts.of(request);
  if (!context) co_return no_context(context.error());
  const auto bearer = bearer_token(request);
  if (bearer.empty()) co_return unauthorized({}, {});
  const auto claims = services.access_tokens.verify(*context, bearer, context->address.issuer + "userinfo");
  if (!claims) co_return unauthorized("invalid_token", claims.error().description);
  if (!oauth::has_scope(claims->scopes, "openid"))
    co_return unauthorized("invalid_token", "The access token was not issued for the scope openid");

  const auto user = co_await services.users.find_by_user_id(context->tenant->tenant.id, model::UserId{claims->subject});
  if (!user && user.error().code != base::Errc::not_found) co_return no_context(user.error());
  if (!user || user->blocked) co_return unauthorized("invalid_token", "The user does not exist any more or is blocked");
  co_return uncached_json(oauth::userinfo_document(*user, claims->scopes));
}

}  // namespace cardea::api
