#include <algorithm>

#include "base/ulid.h"
#include "store/document_fields.h"
#include "store/users.h"

// Directly assigned RBAC permissions of users; one row each, so that two that are given at once both stay.

namespace cardea::store {
namespace {

using base::Result;

std::vector<Record> matching(std::vector<Record> records, std::string_view audience, std::string_view permission) {
  std::erase_if(records, [&](const Record& record) {
    const auto document = record.document();
    return base::get_string_or(document, "audience") != audience ||
           base::get_string_or(document, "permission") != permission;
  });
  return records;
}

}  // namespace

base::awaitable<Result<std::vector<std::string>>> Users::permissions(model::TenantId tenant, model::UserKey user,
                                                                     std::string audience) {
  auto records = co_await database_.find(tenant, Kind::user_permission, "user", user.value, kMostRows);
  if (!records) co_return base::pass_on(records);
  std::vector<std::string> permissions;
  for (const auto& record : *records) {
    const auto document = record.document();
    if (base::get_string_or(document, "audience") == audience)
      permissions.push_back(base::get_string_or(document, "permission"));
  }
  std::ranges::sort(permissions);
  const auto repeated = std::ranges::unique(permissions);
  permissions.erase(repeated.begin(), repeated.end());
  co_return permissions;
}

Result<void> Users::grant_permission_in(Transaction& transaction, const model::TenantId& tenant,
                                        const model::UserKey& user, const std::string& audience,
                                        const std::string& permission) {
  auto records = transaction.find(tenant, Kind::user_permission, "user", user.value, kMostRows);
  if (!records) return base::pass_on(records);
  if (!matching(std::move(*records), audience, permission).empty()) return {};
  Record record;
  record.key = transaction.new_key(tenant, Kind::user_permission);
  record.set_document({{"user", user.value},
                       {"audience", audience},
                       {"permission", permission},
                       {"created_at", base::to_millis(transaction.now())}});
  return transaction.put(std::move(record));
}

Result<void> Users::remove_permission_in(Transaction& transaction, const model::TenantId& tenant,
                                         const model::UserKey& user, const std::string& audience,
                                         const std::string& permission) {
  auto records = transaction.find(tenant, Kind::user_permission, "user", user.value, kMostRows);
  if (!records) return base::pass_on(records);
  for (const auto& record : matching(std::move(*records), audience, permission))
    if (auto done = transaction.erase(record.key); !done) return done;
  return {};
}

}  // namespace cardea::store
