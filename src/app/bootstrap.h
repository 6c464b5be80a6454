#pragma once

#include <optional>
#include <string>

#include "app/foundation.h"
#include "base/async.h"
#include "base/result.h"

namespace cardea::app {

// What `cardea bootstrap` prints (DESIGN.md, Contracts).
struct BootstrapSummary {
  std::string issuer;
  std::string domain;
  std::string tenant;
  std::string admin_email;
  std::optional<std::string> admin_password;  // nullopt once it was changed
  std::string mgmt_client_id;
  std::string mgmt_client_secret;

  base::json::object to_json() const;
};

// Makes a tenant that can be used: signing keys, the Management API with a client that has every scope of it, the
// connection "Username-Password-Authentication" and a first administrator in it. What exists stays as it is, so it may
// run again, also beside a serving node, and after it was interrupted. An empty name means the default tenant.
base::awaitable<base::Result<BootstrapSummary>> bootstrap(Foundation& foundation, std::string tenant_name);

}  // namespace cardea::app
