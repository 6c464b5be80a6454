#include "store/tenant_keys.h"

#include <atomic>
#include <deque>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "base/base64.h"
#include "crypto/digest.h"
#include "crypto/secret_string.h"

namespace cardea::store {
namespace {

constexpr std::size_t kMaxTenants = 100'000;
constexpr std::string_view kWrapPurpose = "tenant keys";
constexpr std::string_view kSecrets = "secrets";

struct Known {
  Known(const crypto::SealKey& key, std::string digest) : root(key), wrapped_digest(std::move(digest)) {}

  crypto::SealKey root;
  std::string wrapped_digest;
  std::vector<std::pair<std::string, crypto::SealKey>> derived;
  std::atomic<bool> used{true};  // second chance before it is forgotten

  const crypto::SealKey* find(std::string_view purpose) const {
    for (const auto& [name, key] : derived)
      if (name == purpose) return &key;
    return nullptr;
  }
};

}  // namespace

struct TenantKeys::Impl {
  Impl(const crypto::SealKey& cell_key, base::Random& r) : wrapping(cell_key.derive(kWrapPurpose)), random(r) {}

  // Forgets one that was not asked for lately. The lock is held.
  void make_room() {
    while (known.size() >= kMaxTenants) {
      model::TenantId oldest = std::move(order.front());
      order.pop_front();
      const auto found = known.find(oldest);
      if (found == known.end()) continue;
      if (found->second->used.exchange(false)) {
        order.push_back(std::move(oldest));
      } else {
        known.erase(found);
      }
    }
  }

  const crypto::SealKey wrapping;
  base::Random& random;
  mutable std::shared_mutex mutex;
  std::unordered_map<model::TenantId, std::unique_ptr<Known>> known;
  std::deque<model::TenantId> order;
};

TenantKeys::TenantKeys(const crypto::SealKey& cell_key, base::Random& random)
    : impl_(std::make_unique<Impl>(cell_key, random)) {}

TenantKeys::~TenantKeys() = default;

std::string TenantKeys::make_wrapped() {
  const auto key = crypto::SealKey::generate(impl_->random);
  return base::base64_encode(crypto::seal(impl_->wrapping, key.bytes(), kWrapPurpose, impl_->random));
}

base::Result<void> TenantKeys::learn(const model::TenantId& tenant, std::string_view wrapped) {
  std::string digest = crypto::sha256(wrapped);
  {
    std::shared_lock lock(impl_->mutex);
    const auto found = impl_->known.find(tenant);
    if (found != impl_->known.end() && found->second->wrapped_digest == digest) return {};
  }
  const auto sealed = base::base64_decode(wrapped);
  if (!sealed) return base::fail(base::Errc::invalid, "the tenant's wrapped key is not base64");
  auto plain = crypto::open_sealed(impl_->wrapping, *sealed, kWrapPurpose);
  if (!plain || plain->size() != crypto::SealKey::kSize)
    return base::fail(base::Errc::invalid, "the tenant's key was wrapped under another seal.key");

  auto entry = std::make_unique<Known>(crypto::SealKey::from_bytes(*plain), std::move(digest));
  crypto::wipe(*plain);
  std::unique_lock lock(impl_->mutex);
  impl_->make_room();
  auto& slot = impl_->known[tenant];
  if (slot == nullptr) impl_->order.push_back(tenant);
  slot = std::move(entry);
  return {};
}

bool TenantKeys::knows(const model::TenantId& tenant) const {
  std::shared_lock lock(impl_->mutex);
  return impl_->known.contains(tenant);
}

base::Result<crypto::SealKey> TenantKeys::key(const model::TenantId& tenant, std::string_view purpose) const {
  {
    std::shared_lock lock(impl_->mutex);
    const auto found = impl_->known.find(tenant);
    if (found == impl_->known.end()) return base::fail(base::Errc::not_found, "the tenant's key is not known here");
    found->second->used.store(true, std::memory_order_relaxed);
    if (const auto* key = found->second->find(purpose)) return *key;
  }
  std::unique_lock lock(impl_->mutex);
  const auto found = impl_->known.find(tenant);
  if (found == impl_->known.end()) return base::fail(base::Errc::not_found, "the tenant's key is not known here");
  if (found->second->find(purpose) == nullptr)
    found->second->derived.emplace_back(purpose, found->second->root.derive(purpose));
  return *found->second->find(purpose);
}

base::Result<std::string> TenantKeys::seal_secret(const model::TenantId& tenant, std::string_view context,
                                                  std::string_view secret) {
  const auto sealing = key(tenant, kSecrets);
  if (!sealing) return base::pass_on(sealing);
  return base::base64_encode(crypto::seal(*sealing, secret, context, impl_->random));
}

base::Result<std::string> TenantKeys::open_secret(const model::TenantId& tenant, std::string_view context,
                                                  std::string_view sealed) const {
  const auto sealing = key(tenant, kSecrets);
  if (!sealing) return base::pass_on(sealing);
  const auto bytes = base::base64_decode(sealed);
  if (!bytes) return base::fail(base::Errc::invalid, "the sealed secret is not base64");
  return crypto::open_sealed(*sealing, *bytes, context);
}

}  // namespace cardea::store
