#pragma once

#include <memory>
#include <string>

#include "base/async.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/result.h"
#include "identity/tenant_snapshot.h"
#include "store/configuration.h"
#include "store/database.h"
#include "store/tenants.h"

namespace cardea::identity {

// Finds tenants by host and keeps their snapshots: loaded at first use, at most `max_tenants` (least recently used go
// first), replaced when the feed or a commit of this node says that something of them changed. One load per tenant is
// under way at a time; who asks meanwhile shares it. While the store is unavailable, what is in memory is served on,
// even when it is known to be outdated. Safe from any executor; a hit neither suspends nor waits for another thread.
class TenantDirectory {
 public:
  struct Options {
    std::string base_url;        // `public.base_url`, without trailing slash
    std::string default_tenant;  // answers at the host of base_url; "" = the only or the first one
    std::size_t max_tenants = 10'000;
  };

  // All must outlive it. Registers with database.on_commit.
  TenantDirectory(store::Database& database, store::Tenants& tenants, store::Configuration& configuration,
                  store::TenantKeys& keys, const base::Clock& clock, Options options);
  ~TenantDirectory();

  // A custom domain, else <tenant>.<host of base_url>, else the host of base_url itself (the default tenant); loopback
  // addresses and names count as the host of base_url. `host` is host[:port] as the client sent it. not_found: unknown.
  // Unknown hosts are remembered for three seconds.
  base::awaitable<base::Result<TenantPtr>> find_by_host(std::string host);
  base::awaitable<base::Result<TenantPtr>> find(model::TenantId id);

  // Only what is in memory and current, under the host as the client sent it; nullptr otherwise. For paths that count
  // nanoseconds; others use find_by_host(), which begins with this.
  TenantPtr cached(std::string_view host) const;

  // The issuer that tokens carry when the tenant was reached at `host`: of a custom domain its own, else base_url's
  // scheme and port with the tenant's host. An empty `host` gives the address of a tenant that was not reached by any,
  // for jobs and commands: the host of base_url for the default tenant, else <tenant>.<host of base_url>.
  TenantAddress address(const TenantSnapshot& tenant, std::string_view host) const;

  // Drops the snapshot; the next find() loads it again. Called by the feed follower for changes of other nodes.
  void forget(const model::TenantId& id);
  // A feed entry of a kind that snapshots hold.
  void changed(const store::Key& key);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace cardea::identity
