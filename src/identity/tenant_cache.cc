#include "identity/tenant_cache.h"

namespace cardea::identity {
namespace {

constexpr std::size_t kTables = 64;
// Names are what clients send: bounded, though only those of existing tenants get in.
constexpr std::size_t kMaxNames = 4096;

std::size_t number_of_this_thread() {
  static std::atomic<std::size_t> threads{0};
  thread_local const std::size_t number = threads.fetch_add(1, std::memory_order_relaxed);
  return number;
}

}  // namespace

TenantCache::TenantCache() : tables_(std::make_unique<Table[]>(kTables)) {}

TenantCache::Table& TenantCache::mine() const { return tables_[number_of_this_thread() % kTables]; }

TenantPtr TenantCache::find(std::string_view name) const {
  auto& table = mine();
  const std::scoped_lock lock(table.mutex);
  if (table.version != version()) {
    table.by_name.clear();
    table.version = version();
    return nullptr;
  }
  const auto it = table.by_name.find(name);
  if (it == table.by_name.end()) return nullptr;
  auto& tenant = *it->second.tenant;
  if (const auto now = epoch(); tenant.used.load(std::memory_order_relaxed) != now)
    tenant.used.store(now, std::memory_order_relaxed);
  return tenant.snapshot;
}

std::optional<TenantAddress> TenantCache::address(std::string_view name, const TenantSnapshot& snapshot) const {
  auto& table = mine();
  const std::scoped_lock lock(table.mutex);
  const auto it = table.by_name.find(name);
  if (it == table.by_name.end() || it->second.tenant->snapshot.get() != &snapshot) return std::nullopt;
  return it->second.address;
}

void TenantCache::put(std::string_view name, const std::shared_ptr<CachedTenant>& tenant, TenantAddress address,
                      std::uint64_t read_at) {
  auto& table = mine();
  const std::scoped_lock lock(table.mutex);
  const auto current = version();
  if (read_at != current) return;
  if (table.version != current || table.by_name.size() >= kMaxNames) table.by_name.clear();
  table.version = current;
  table.by_name.insert_or_assign(std::string(name), Entry{tenant, std::move(address)});
}

}  // namespace cardea::identity
