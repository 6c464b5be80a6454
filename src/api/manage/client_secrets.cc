#include "api/manage/manage_routes.h"
#include "api/manage/resource.h"

namespace cardea::api {
namespace {

// POST /clients/{id}/rotate-secret: a new secret takes the place of the old one at once.
base::awaitable<base::Result<http::Response, ManagementError>> rotate_secret(ManageServices services,
                                                                             ManagementCall call) {
  const auto resource = clients_resource();
  const std::string client_id(call.param("id"));
  store::Configuration::Entry rotated;
  const auto written = co_await services.database.write([&](store::Transaction& t) -> base::Result<void> {
    // A secret that is removed and still needed is made anew.
    auto result = services.configuration.update_in(t, call.tenant(), store::Kind::client, client_id,
                                                   {{"client_secret", nullptr}});
    if (!result) return base::pass_on(result);
    rotated = std::move(*result);
    t.append_event(call.event("Rotate a client secret", t.now()));
    return {};
  });
  if (!written && written.error().code == base::Errc::not_found) co_return std::unexpected(resource.missing);
  if (!written) co_return std::unexpected(from_store(written.error()));
  auto token = call;
  token.token.scopes.insert("read:client_keys");  // who rotates a secret is shown the new one
  co_return http::Response::json(200, shown(resource, token, std::move(rotated.document)));
}

}  // namespace

void add_client_secret_routes(ManagementRouter& router, const ManageServices& services) {
  router.add("POST", "/clients/{id}/rotate-secret", {"update:client_keys"}, bind(services, rotate_secret));
}

}  // namespace cardea::api
