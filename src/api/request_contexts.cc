#include "api/request_contexts.h"

namespace cardea::api {

RequestContexts::RequestContexts(identity::TenantDirectory& tenants, const store::Database& database)
    : tenants_(tenants), database_(database) {}

base::awaitable<base::Result<identity::RequestContext>> RequestContexts::of(const http::Request& request) const {
  auto tenant = co_await tenants_.find_by_host(request.host);
  if (!tenant) co_return base::pass_on(tenant);

  identity::RequestContext context;
  context.address = tenants_.address(**tenant, request.host);
  context.tenant = std::move(*tenant);
  context.ip = request.remote_address;
  context.user_agent = std::string(request.header("user-agent").value_or(""));
  context.request_id = request.request_id;
  if (!context.tenant->tenant.enabled_locales.empty()) context.locale = context.tenant->tenant.enabled_locales.front();
  co_return context;
}

}  // namespace cardea::api
