#pragma once

#include "base/async.h"
#include "base/result.h"
#include "http/request.h"
#include "identity/request_context.h"
#include "identity/tenant_directory.h"

namespace cardea::api {

// Finds out whose host a request came to. The first step of every handler.
class RequestContexts {
 public:
  // Must outlive it.
  explicit RequestContexts(identity::TenantDirectory& tenants);

  // not_found: no tenant answers at this host (404). unavailable: the store is down and the tenant not in memory (503).
  base::awaitable<base::Result<identity::RequestContext>> of(const http::Request& request) const;

 private:
  identity::TenantDirectory& tenants_;
};

}  // namespace cardea::api
