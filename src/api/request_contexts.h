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
  // Both must outlive it.
  RequestContexts(identity::TenantDirectory& tenants, const store::Database& database);

  // not_found: no tenant answers at this host (404). unavailable: the store is down and the tenant not in memory (503).
  base::awaitable<base::Result<identity::RequestContext>> of(const http::Request& request) const;

  // Whether this cell only signs people in (403 read_only_mode for everything that would write else).
  bool read_only() const { return database_.is_read_only(); }

 private:
  identity::TenantDirectory& tenants_;
  const store::Database& database_;
};

}  // namespace cardea::api
