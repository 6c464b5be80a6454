#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"
#include "http/response.h"
#include "identity/tenant_snapshot.h"

namespace cardea::api {

// Whom a request to /dbconnections/* is about.
struct DatabaseCall {
  const model::Client* client = nullptr;
  const model::Connection* connection = nullptr;
};

// Finds `client_id` and `connection` of the body: a database of our own that is on for the client. The error is the
// answer: 400.
base::Result<DatabaseCall, http::Response> find_database(const identity::TenantSnapshot& tenant,
                                                         const base::json::object& body);

}  // namespace cardea::api
