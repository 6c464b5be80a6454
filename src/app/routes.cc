#include "app/routes.h"

#include "api/auth/routes.h"
#include "api/login/screens.h"
#include "api/manage/manage_routes.h"

namespace cardea::app {
namespace {

// The Management API takes access tokens for "<issuer>api/v2/".
base::awaitable<base::Result<api::ManagementToken, std::string>> verify_management_token(
    const oauth::AccessTokenVerification& verification, const identity::RequestContext& context, std::string token) {
  const auto audience = context.address.issuer + "api/v2/";
  // At a host where the tenant has no Management API, an API that somebody else registered under that name is none.
  const auto* api = context.tenant->resource_server(audience);
  const auto claims = verification.verify(context, token, audience);
  if (!claims || !api || !api->is_system) co_return std::unexpected("Invalid token");
  api::ManagementToken verified;
  verified.scopes.insert(claims->scopes.begin(), claims->scopes.end());
  verified.client_id = claims->client_id;
  verified.subject = claims->subject;
  co_return verified;
}

http::Response error_page(const http::Request& request, int status) {
  const bool wants_page = request.header("accept").value_or("").find("text/html") != std::string_view::npos &&
                          !request.path.starts_with("/api/");
  if (wants_page)
    return api::show_error(request, nullptr, status, status == 404 ? "not_found" : "method_not_allowed", "");
  return http::Response::json(status, base::json::object{{"statusCode", status},
                                                         {"error", http::reason_phrase(status)},
                                                         {"message", http::reason_phrase(status)}});
}

}  // namespace

http::Router make_router(Services& services, api::Health& health) {
  http::Router router;
  router.set_error_page(error_page);
  health.add_routes(router);
  api::add_auth_routes(router, services.auth);
  api::add_login_routes(router, services.login);
  api::ManagementRouter management(
      router, services.contexts,
      [&verification = services.access_tokens](const identity::RequestContext& context, std::string token) {
        return verify_management_token(verification, context, std::move(token));
      },
      services.manage.clock);
  api::add_manage_routes(management, services.manage);
  if (services.stale_manage) {
    management.add_stale_reads();
    api::add_manage_routes(management, *services.stale_manage);
  }
  return router;
}

}  // namespace cardea::app
