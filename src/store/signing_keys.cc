#include <algorithm>
#include <utility>

#include "store/document_fields.h"
#include "store/tenants.h"

namespace cardea::store {
namespace {

using base::Result;

constexpr std::size_t kMaxKeys = 1000;  // rotation leaves a few behind; a tenant never has more

// RS256 first: clients that take the first key expect that one.
std::vector<model::SigningKeyRow> keys_of(const Page& page) {
  std::vector<model::SigningKeyRow> keys;
  for (const auto& record : page.rows) keys.push_back(model::signing_key_from_document(record.document()));
  std::ranges::sort(keys, {}, [](const auto& key) { return std::pair(key.alg != "RS256", key.kid.view()); });
  return keys;
}

}  // namespace

SigningKeys::SigningKeys(Database& database) : database_(database) {}

base::awaitable<Result<std::vector<model::SigningKeyRow>>> SigningKeys::all(model::TenantId tenant) {
  auto page = co_await database_.page(std::move(tenant), Kind::signing_key, "", kMaxKeys);
  if (!page) co_return base::pass_on(page);
  co_return keys_of(*page);
}

Result<std::vector<model::SigningKeyRow>> SigningKeys::all_in(Transaction& transaction, const model::TenantId& tenant) {
  // Lists lock nothing; the tenant's row stands for all of its keys.
  const auto owner = transaction.get({model::kSystemTenant, Kind::tenant, tenant.value});
  if (!owner && owner.error().code != base::Errc::not_found) return base::pass_on(owner);
  auto page = transaction.page(tenant, Kind::signing_key, "", kMaxKeys);
  if (!page) return base::pass_on(page);
  return keys_of(*page);
}

Result<void> SigningKeys::put_in(Transaction& transaction, const model::TenantId& tenant,
                                 const model::SigningKeyRow& key) {
  auto record = get_or_new(transaction, {tenant, Kind::signing_key, key.kid.value});
  if (!record) return base::pass_on(record);
  auto document = record->document();
  // A new row has no state at all.
  if (document.contains("state") && key.state != model::SigningKeyState::revoked &&
      model::signing_key_from_document(document).state == model::SigningKeyState::revoked)
    return base::fail(base::Errc::conflict, "the signing key is revoked");
  for (const auto* name : {"activate_at", "current_since", "current_until", "revoked_at"}) document.erase(name);
  apply_changes(document, model::to_document(key));
  record->set_document(document);
  return transaction.put(std::move(*record));
}

}  // namespace cardea::store
