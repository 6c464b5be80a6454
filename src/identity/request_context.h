#pragma once

#include <string>

#include "base/clock.h"
#include "identity/tenant_snapshot.h"

namespace cardea::identity {

// Who asks, through what. Made once per request by api/; values, so that it may outlive the request.
struct RequestContext {
  TenantPtr tenant;
  TenantAddress address;
  std::string ip;
  std::string user_agent;
  std::string request_id;
  std::string locale = "en";  // of pages and mails
};

}  // namespace cardea::identity
