#pragma once

#include "api/manage/manage_services.h"
#include "api/manage/management_call.h"

namespace cardea::api {

// All operations of the Management API. `services` is copied; what it names must outlive the router.
void add_manage_routes(ManagementRouter& router, const ManageServices& services);

// One function per file, used by it.
void add_user_routes(ManagementRouter& router, const ManageServices& services);               // users.cc
void add_user_permission_routes(ManagementRouter& router, const ManageServices& services);    // user_permissions.cc
void add_tenant_settings_routes(ManagementRouter& router, const ManageServices& services);    // tenant_settings.cc
void add_log_routes(ManagementRouter& router, const ManageServices& services);                // logs.cc
void add_signing_key_routes(ManagementRouter& router, const ManageServices& services);        // signing_keys.cc
void add_ticket_routes(ManagementRouter& router, const ManageServices& services);             // tickets.cc
void add_client_secret_routes(ManagementRouter& router, const ManageServices& services);      // client_secrets.cc
void add_connection_client_routes(ManagementRouter& router, const ManageServices& services);  // connection_clients.cc

// A function bound to its services, as a handler.
inline ManagementHandler bind(
    const ManageServices& services,
    base::awaitable<base::Result<http::Response, ManagementError>> (*operation)(ManageServices, ManagementCall)) {
  return [services, operation](ManagementCall call) { return operation(services, std::move(call)); };
}

}  // namespace cardea::api
