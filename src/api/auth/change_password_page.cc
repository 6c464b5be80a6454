#include <algorithm>

#include "api/auth/endpoints.h"
#include "api/auth/oauth_answers.h"
#include "base/percent.h"

namespace cardea::api {
namespace {

// The tenant's default directory, else the first database by name; "" when there is none.
std::string directory_of(const identity::TenantSnapshot& tenant) {
  const auto* preferred = tenant.connection(tenant.tenant.default_directory);
  if (preferred && preferred->strategy == "auth0") return preferred->name;
  std::string first;
  for (const auto& [name, connection] : tenant.connections)
    if (connection.strategy == "auth0" && (first.empty() || name < first)) first = name;
  return first;
}

}  // namespace

// GET /.well-known/change-password: where password managers send people ("A Well-Known URL for Changing Passwords").
base::awaitable<http::Response> change_password_page(const AuthServices& services, http::Request request) {
  const auto context = co_await services.contexts.of(request);
  if (!context) co_return no_context(context.error());
  const auto directory = directory_of(*context->tenant);
  if (directory.empty()) co_return services.error_page(request, &*context, 404, "not_found", "No passwords here");
  co_return http::Response::redirect(302, "/u/reset-password/request/" + base::percent_encode(directory));
}

}  // namespace cardea::api
