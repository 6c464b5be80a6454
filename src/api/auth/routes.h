#pragma once

#include "api/auth/auth_services.h"
#include "http/router.h"

namespace cardea::api {

// The Authentication API (reference §2): discovery, keys, /authorize, /oauth/*, /userinfo, logout, database
// connections. What `services` refers to must outlive the router.
void add_auth_routes(http::Router& router, const AuthServices& services);

}  // namespace cardea::api
