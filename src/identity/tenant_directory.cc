#include "identity/tenant_directory.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <mutex>
#include <optional>

#include "identity/tenant_cache.h"
#include "identity/tenant_hosts.h"
#include "identity/tenant_loader.h"

namespace cardea::identity {
namespace {

namespace asio = boost::asio;
using base::Errc;
using base::Result;

constexpr auto kRememberUnknown = std::chrono::seconds(3);
constexpr auto kRetryStore = std::chrono::seconds(1);
constexpr std::size_t kMaxUnknownHosts = 10'000;
constexpr int kMaxReloads = 5;
constexpr std::string_view kDefaultTenant = "";  // its key among the hosts

using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, base::Executor>;

// One load under way, with those who wait for it. Guarded by the directory's mutex.
struct Load {
  bool outdated = false;  // something was changed since it began to read
  std::optional<Result<TenantPtr>> result;
  std::vector<std::shared_ptr<Timer>> waiting;
};

// Outdated when `version` is not hosts_version any more: used only while the store does not answer.
struct KnownHost {
  model::TenantId tenant;
  std::uint64_t version = 0;
};

// Of find(): cannot be a host name.
std::string name_of_id(const model::TenantId& id) { return "\n" + id.value; }

}  // namespace

struct TenantDirectory::Impl : std::enable_shared_from_this<TenantDirectory::Impl> {
  Impl(store::Database& database, store::Tenants& t, store::Configuration& configuration, store::TenantKeys& keys,
       const base::Clock& c, Options o)
      : tenants(t),
        clock(c),
        options(std::move(o)),
        hosts(options.base_url),
        loader(database, t, configuration, keys) {}

  base::awaitable<Result<TenantPtr>> find(std::string name, model::TenantId id);
  base::awaitable<Result<TenantPtr>> load(model::TenantId id, std::shared_ptr<Load> load);
  base::awaitable<Result<TenantPtr>> wait_for(std::shared_ptr<Load> load);
  base::awaitable<Result<model::TenantId>> resolve(TenantHosts::Host host);
  base::awaitable<Result<model::Tenant>> look_up(const TenantHosts::Host& host);
  base::awaitable<Result<model::Tenant>> default_tenant();
  bool is_default(const model::Tenant& tenant);
  TenantAddress address(const TenantSnapshot& tenant, std::string_view host);

  // What to do about a tenant now.
  struct Step {
    std::shared_ptr<CachedTenant> cached;  // serve this
    bool current = false;                  // and remember it for this thread
    std::shared_ptr<Load> join, lead;      // else one of these
  };
  Step next_step(const model::TenantId& id);
  // Takes the result of one reading; nullopt: read again.
  std::optional<Result<TenantPtr>> settle(const model::TenantId& id, Load& load, Result<TenantPtr> read, bool last);
  void finish(const model::TenantId& id, Load& load, Result<TenantPtr> result);
  void forget_least_used();

  void changed(const store::Key& key);
  void outdate(const model::TenantId& id);
  void forget_hosts();

  store::Tenants& tenants;
  const base::Clock& clock;
  const Options options;
  const TenantHosts hosts;
  TenantLoader loader;
  TenantCache cache;

  std::mutex mutex;
  std::unordered_map<model::TenantId, std::shared_ptr<CachedTenant>> loaded;
  std::unordered_map<model::TenantId, std::shared_ptr<Load>> loads;
  ByName<KnownHost> known_hosts;
  ByName<base::Time> unknown_hosts;  // until when
  model::TenantId default_id;        // once it was looked up
  std::uint64_t hosts_version = 0;   // counts forget_hosts(): a look-up that began before one is not kept
};

TenantDirectory::TenantDirectory(store::Database& database, store::Tenants& tenants,
                                 store::Configuration& configuration, store::TenantKeys& keys, const base::Clock& clock,
                                 Options options)
    : impl_(std::make_shared<Impl>(database, tenants, configuration, keys, clock, std::move(options))) {
  // The database keeps its listeners longer than we live.
  database.on_commit([weak = std::weak_ptr<Impl>(impl_)](const store::CommitMark& mark) {
    const auto impl = weak.lock();
    if (!impl) return;
    for (const auto& written : mark.written) impl->changed(written.key);
  });
}

TenantDirectory::~TenantDirectory() = default;

TenantPtr TenantDirectory::cached(std::string_view host) const { return impl_->cache.find(host); }

base::awaitable<Result<TenantPtr>> TenantDirectory::find_by_host(std::string host) {
  if (auto hit = impl_->cache.find(host)) co_return hit;
  auto parsed = impl_->hosts.classify(host);
  if (parsed.name.empty()) co_return base::fail(Errc::not_found, "not a host");
  auto id = co_await impl_->resolve(std::move(parsed));
  if (!id) co_return base::pass_on(id);
  co_return co_await impl_->find(std::move(host), std::move(*id));
}

base::awaitable<Result<TenantPtr>> TenantDirectory::find(model::TenantId id) {
  auto name = name_of_id(id);
  if (auto hit = impl_->cache.find(name)) co_return hit;
  // So that address() knows whether it is this one. Finding none is no reason to fail here.
  [[maybe_unused]] const auto first = co_await impl_->resolve({.kind = TenantHosts::Kind::base});
  co_return co_await impl_->find(std::move(name), std::move(id));
}

TenantAddress TenantDirectory::address(const TenantSnapshot& tenant, std::string_view host) const {
  if (auto known = impl_->cache.address(host, tenant)) return std::move(*known);
  return impl_->address(tenant, host);
}

void TenantDirectory::forget(const model::TenantId& id) { impl_->outdate(id); }

void TenantDirectory::changed(const store::Key& key) { impl_->changed(key); }

base::awaitable<Result<TenantPtr>> TenantDirectory::Impl::find(std::string name, model::TenantId id) {
  const auto version = cache.version();
  auto step = next_step(id);
  if (step.cached) {
    if (step.current) cache.put(name, step.cached, address(*step.cached->snapshot, name), version);
    co_return step.cached->snapshot;
  }
  if (step.join) co_return co_await wait_for(std::move(step.join));
  co_return co_await load(std::move(id), std::move(step.lead));
}

TenantDirectory::Impl::Step TenantDirectory::Impl::next_step(const model::TenantId& id) {
  const std::scoped_lock lock(mutex);
  Step step;
  const auto it = loaded.find(id);
  if (it != loaded.end()) {
    it->second->used.store(cache.epoch(), std::memory_order_relaxed);
    step.current = !it->second->outdated;
    if (step.current || clock.now() < it->second->retry_at) {
      step.cached = it->second;
      return step;
    }
  }
  auto& load = loads[id];
  if (load) {
    step.join = load;
  } else {
    load = std::make_shared<Load>();
    step.lead = load;
  }
  return step;
}

base::awaitable<Result<TenantPtr>> TenantDirectory::Impl::load(model::TenantId id, std::shared_ptr<Load> load) {
  // Also when this coroutine is destroyed while it waits for the store.
  struct Release {
    std::shared_ptr<Impl> impl;
    const model::TenantId& id;
    Load& load;
    ~Release() { impl->finish(id, load, base::fail(Errc::unavailable, "the load of a tenant was given up")); }
  } const release{shared_from_this(), id, *load};

  for (int reading = 1;; ++reading) {
    {
      const std::scoped_lock lock(mutex);
      load->outdated = false;
    }
    auto read = co_await loader.load(id);
    auto result = settle(id, *load, std::move(read), reading == kMaxReloads);
    if (!result) continue;
    finish(id, *load, *result);
    co_return std::move(*result);
  }
}

std::optional<Result<TenantPtr>> TenantDirectory::Impl::settle(const model::TenantId& id, Load& load,
                                                               Result<TenantPtr> read, bool last) {
  const std::scoped_lock lock(mutex);
  if (load.outdated && !last) return std::nullopt;
  const auto old = loaded.find(id);
  if (read) {
    auto fresh = std::make_shared<CachedTenant>(*read);
    fresh->outdated = load.outdated;
    fresh->used.store(cache.epoch(), std::memory_order_relaxed);
    loaded.insert_or_assign(id, std::move(fresh));
    cache.next_epoch();
    forget_least_used();
    return read;
  }
  if (old == loaded.end()) return read;
  if (read.error().code == Errc::not_found) {
    loaded.erase(old);
    cache.invalidate();
    return read;
  }
  old->second->retry_at = clock.now() + kRetryStore;
  return Result<TenantPtr>(old->second->snapshot);
}

void TenantDirectory::Impl::finish(const model::TenantId& id, Load& load, Result<TenantPtr> result) {
  std::vector<std::shared_ptr<Timer>> waiting;
  {
    const std::scoped_lock lock(mutex);
    if (load.result) return;
    load.result = std::move(result);
    waiting.swap(load.waiting);
    loads.erase(id);
  }
  // On their own executors: a timer belongs to one.
  for (auto& timer : waiting) {
    const auto executor = timer->get_executor();
    asio::post(executor, [timer = std::move(timer)] { timer->cancel(); });
  }
}

base::awaitable<Result<TenantPtr>> TenantDirectory::Impl::wait_for(std::shared_ptr<Load> load) {
  const auto executor = co_await asio::this_coro::executor;
  const auto timer = std::make_shared<Timer>(executor, Timer::time_point::max());
  {
    const std::scoped_lock lock(mutex);
    if (load->result) co_return *load->result;
    load->waiting.push_back(timer);
  }
  co_await timer->async_wait(asio::as_tuple(asio::use_awaitable_t<base::Executor>{}));
  const std::scoped_lock lock(mutex);
  if (load->result) co_return *load->result;
  co_return base::fail(Errc::unavailable, "the wait for a tenant was given up");
}

base::awaitable<Result<model::TenantId>> TenantDirectory::Impl::resolve(TenantHosts::Host host) {
  // Ports and the many names of this machine do not make entries of their own.
  std::string key(kDefaultTenant);
  if (host.kind == TenantHosts::Kind::tenant) key = host.name;
  if (host.kind == TenantHosts::Kind::other) key = host.authority;
  std::uint64_t version = 0;
  {
    const std::scoped_lock lock(mutex);
    const auto it = known_hosts.find(key);
    if (it != known_hosts.end() && it->second.version == hosts_version) co_return it->second.tenant;
    const auto unknown = unknown_hosts.find(key);
    if (unknown != unknown_hosts.end() && clock.now() < unknown->second)
      co_return base::fail(Errc::not_found, "no tenant at this host");
    version = hosts_version;
  }

  const auto tenant = co_await look_up(host);
  const std::scoped_lock lock(mutex);
  const bool keep = version == hosts_version;
  if (tenant) {
    if (known_hosts.size() > 4 * options.max_tenants) known_hosts.clear();
    if (key == kDefaultTenant) default_id = tenant->id;
    known_hosts.insert_or_assign(std::move(key), KnownHost{tenant->id, version});
    co_return tenant->id;
  }
  const auto outdated = known_hosts.find(key);
  if (tenant.error().code != Errc::not_found) {
    if (outdated != known_hosts.end()) co_return outdated->second.tenant;
    co_return base::pass_on(tenant);
  }
  if (outdated != known_hosts.end()) known_hosts.erase(outdated);
  if (keep) {
    if (unknown_hosts.size() >= kMaxUnknownHosts) unknown_hosts.clear();
    unknown_hosts.insert_or_assign(std::move(key), clock.now() + kRememberUnknown);
  }
  co_return base::pass_on(tenant);
}

base::awaitable<Result<model::Tenant>> TenantDirectory::Impl::look_up(const TenantHosts::Host& host) {
  if (host.kind == TenantHosts::Kind::base) co_return co_await default_tenant();
  auto by_domain = co_await tenants.find_by_domain(host.authority);
  if (by_domain || by_domain.error().code != Errc::not_found) co_return by_domain;
  if (host.name != host.authority) {
    by_domain = co_await tenants.find_by_domain(host.name);
    if (by_domain || by_domain.error().code != Errc::not_found) co_return by_domain;
  }
  if (host.kind == TenantHosts::Kind::tenant) co_return co_await tenants.find_by_name(host.label);
  co_return by_domain;
}

base::awaitable<Result<model::Tenant>> TenantDirectory::Impl::default_tenant() {
  if (!options.default_tenant.empty()) co_return co_await tenants.find_by_name(options.default_tenant);
  auto first = co_await tenants.all(1);
  if (!first) co_return base::pass_on(first);
  if (first->empty()) co_return base::fail(Errc::not_found, "there is no tenant yet");
  co_return std::move(first->front());
}

TenantAddress TenantDirectory::Impl::address(const TenantSnapshot& tenant, std::string_view host) {
  const auto parsed = hosts.classify(host);
  std::string authority;
  for (const auto& domain : tenant.tenant.domains)
    if (domain == parsed.authority || domain == parsed.name) authority = domain;
  const bool at_base =
      parsed.kind == TenantHosts::Kind::base || (parsed.kind == TenantHosts::Kind::other && is_default(tenant.tenant));
  if (authority.empty()) authority = at_base ? hosts.base_authority() : hosts.tenant_authority(tenant.tenant.name);
  return {hosts.issuer_of(authority), authority};
}

bool TenantDirectory::Impl::is_default(const model::Tenant& tenant) {
  if (!options.default_tenant.empty()) return tenant.name == options.default_tenant;
  const std::scoped_lock lock(mutex);
  return tenant.id == default_id;
}

// With mutex held. An eighth at once, so that a full directory does not sort at every load.
void TenantDirectory::Impl::forget_least_used() {
  if (loaded.size() <= options.max_tenants) return;
  std::vector<std::pair<std::uint64_t, model::TenantId>> order;
  order.reserve(loaded.size());
  for (const auto& [id, tenant] : loaded) order.emplace_back(tenant->used.load(std::memory_order_relaxed), id);
  const auto excess = loaded.size() - options.max_tenants + options.max_tenants / 8;
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(std::min(excess, order.size() - 1));
  std::ranges::nth_element(order, end);
  for (auto it = order.begin(); it != end; ++it) loaded.erase(it->second);
  cache.invalidate();
}

void TenantDirectory::Impl::changed(const store::Key& key) {
  switch (key.kind) {
    case store::Kind::tenant:
      forget_hosts();
      outdate(model::TenantId{key.id});
      return;
    case store::Kind::client:
    case store::Kind::connection:
    case store::Kind::resource_server:
    case store::Kind::client_grant:
    case store::Kind::signing_key:
      outdate(key.tenant);
      return;
    case store::Kind::user:
    case store::Kind::identity:
    case store::Kind::credential:
    case store::Kind::session:
    case store::Kind::consumption:
    case store::Kind::refresh_family:
    case store::Kind::consent:
    case store::Kind::ticket:
    case store::Kind::claim:
    case store::Kind::user_permission:
    case store::Kind::member:
      return;
  }
}

void TenantDirectory::Impl::outdate(const model::TenantId& id) {
  const std::scoped_lock lock(mutex);
  if (const auto it = loaded.find(id); it != loaded.end()) {
    it->second->outdated = true;
    it->second->retry_at = base::Time{};
  }
  if (const auto it = loads.find(id); it != loads.end()) it->second->outdated = true;
  cache.invalidate();
}

void TenantDirectory::Impl::forget_hosts() {
  const std::scoped_lock lock(mutex);
  ++hosts_version;
  unknown_hosts.clear();
}

}  // namespace cardea::identity
