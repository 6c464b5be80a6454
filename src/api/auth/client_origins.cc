#include "api/auth/client_origins.h"

#include <algorithm>
#include <mutex>
#include <unordered_set>
#include <vector>

#include "base/url.h"
#include "oauth/redirect_uri.h"

namespace cardea::api {
namespace {

constexpr std::size_t kMaxTenants = 10'000;

}  // namespace

// Of one snapshot of a tenant.
struct ClientOrigins::Origins {
  std::weak_ptr<const identity::TenantSnapshot> snapshot;
  std::unordered_set<std::string> exact;
  std::vector<std::string> patterns;  // with a "*"

  void add(const std::vector<std::string>& urls) {
    for (const auto& url : urls) {
      if (url.find('*') != std::string::npos) {
        patterns.push_back(url);
      } else if (const auto parsed = base::Url::parse(url); parsed && parsed->is_http()) {
        exact.insert(parsed->origin());
      }
    }
  }

  bool has(std::string_view origin) const {
    return exact.contains(std::string(origin)) ||
           std::ranges::any_of(patterns, [&](const auto& p) { return oauth::matches_origin(p, origin); });
  }
};

std::shared_ptr<const ClientOrigins::Origins> ClientOrigins::origins_of(const identity::TenantPtr& tenant) {
  const auto& id = tenant->tenant.id.value;
  {
    std::shared_lock lock(mutex_);
    const auto found = by_tenant_.find(id);
    if (found != by_tenant_.end() && found->second->snapshot.lock() == tenant) return found->second;
  }
  auto origins = std::make_shared<Origins>();
  origins->snapshot = tenant;
  for (const auto& [client_id, client] : tenant->clients) {
    origins->add(client.callbacks);
    origins->add(client.allowed_origins);
    origins->add(client.web_origins);
  }
  std::unique_lock lock(mutex_);
  if (by_tenant_.size() >= kMaxTenants) by_tenant_.clear();
  by_tenant_[id] = origins;
  return origins;
}

bool ClientOrigins::allows(const identity::TenantPtr& tenant, std::string_view origin) {
  return origin.size() <= 512 && origins_of(tenant)->has(origin);
}

base::awaitable<bool> ClientOrigins::allows(const http::Request& request, std::string_view origin) {
  const auto context = co_await contexts_.of(request);
  co_return context&& allows(context->tenant, origin);
}

std::shared_ptr<const http::CorsPolicy> client_cors(std::shared_ptr<ClientOrigins> origins) {
  auto policy = std::make_shared<http::CorsPolicy>();
  policy->allows = [origins = std::move(origins)](const http::Request& request, std::string_view origin) {
    return origins->allows(request, origin);
  };
  return policy;
}

}  // namespace cardea::api
