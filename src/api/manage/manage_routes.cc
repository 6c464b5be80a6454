#include "api/manage/manage_routes.h"

#include "api/manage/resource.h"

namespace cardea::api {

void add_manage_routes(ManagementRouter& router, const ManageServices& services) {
  for (auto make : {clients_resource, connections_resource, resource_servers_resource, client_grants_resource})
    add_resource(router, services.database, services.configuration, services.clock, make());
  add_client_secret_routes(router, services);
  add_connection_client_routes(router, services);
  add_user_routes(router, services);
  add_user_permission_routes(router, services);
  add_tenant_settings_routes(router, services);
  add_log_routes(router, services);
  add_signing_key_routes(router, services);
  add_ticket_routes(router, services);
}

}  // namespace cardea::api
