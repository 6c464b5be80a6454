#pragma once

#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "api/request_contexts.h"
#include "http/cors.h"
#include "identity/tenant_snapshot.h"

namespace cardea::api {

// Which origins' scripts may call the Authentication API of a tenant: those of its clients' callbacks, allowed_origins
// and web_origins (reference §19). A preflight does not say which client will ask, so any client's will do; what a
// caller may do is decided by what it shows, not by where it comes from. Safe from any thread.
class ClientOrigins {
 public:
  explicit ClientOrigins(const RequestContexts& contexts) : contexts_(contexts) {}

  bool allows(const identity::TenantPtr& tenant, std::string_view origin);
  base::awaitable<bool> allows(const http::Request& request, std::string_view origin);

 private:
  struct Origins;
  std::shared_ptr<const Origins> origins_of(const identity::TenantPtr& tenant);

  const RequestContexts& contexts_;
  std::shared_mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const Origins>> by_tenant_;
};

// A policy that asks `origins`, which it keeps alive.
std::shared_ptr<const http::CorsPolicy> client_cors(std::shared_ptr<ClientOrigins> origins);

}  // namespace cardea::api
