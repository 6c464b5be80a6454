#include "store/imported_users.h"

#include <algorithm>
#include <vector>

#include "store/user_document.h"

namespace cardea::store {
namespace {

using base::json::object;

constexpr std::string_view kUserIdClaim = "user_id";

// The names that Users::create_in() would claim for the document.
std::vector<Identifier> names_of(const ImportedUsers::Target& target, const object& document) {
  const auto laid_out = make_user_document(document, {target.connection, target.provider, "new", base::Time{}});
  auto names = identifiers_of(laid_out);
  if (document.contains(kUserIdClaim))
    names.push_back({std::string(kUserIdClaim), base::get_string_or(laid_out, kUserIdClaim), true});
  return names;
}

// Who holds any of them, each once.
base::Result<std::vector<std::string>> holders_in(Transaction& transaction, const model::TenantId& tenant,
                                                  const std::vector<Identifier>& names) {
  std::vector<std::string> out;
  for (const auto& name : names) {
    auto holder = transaction.holder(tenant, name.attribute, name.value);
    if (!holder && holder.error().code != base::Errc::not_found) return base::pass_on(holder);
    if (holder && std::ranges::find(out, *holder) == out.end()) out.push_back(std::move(*holder));
  }
  return out;
}

}  // namespace

base::Result<ImportedUsers::Outcome> ImportedUsers::take_in(Transaction& transaction, const object& document,
                                                            const std::optional<std::string>& password_hash) {
  const auto holders = holders_in(transaction, target_.tenant, names_of(target_, document));
  if (!holders) return base::pass_on(holders);
  if (holders->empty()) {
    auto created =
        users_.create_in(transaction, target_.tenant, target_.connection, target_.provider, document, password_hash);
    if (!created) return base::pass_on(created);
    return Outcome::created;
  }
  if (!target_.overwrite) return Outcome::existed;
  if (holders->size() > 1) return base::fail(base::Errc::conflict, "its user_id and names belong to several users");
  return overwrite_in(transaction, model::UserKey{holders->front()}, document, password_hash);
}

base::Result<ImportedUsers::Outcome> ImportedUsers::overwrite_in(Transaction& transaction, const model::UserKey& user,
                                                                 const object& document,
                                                                 const std::optional<std::string>& password_hash) {
  auto updated = users_.update_in(transaction, target_.tenant, user, document);
  if (!updated) return base::pass_on(updated);
  if (password_hash)
    if (auto set = users_.set_password_in(transaction, target_.tenant, user, *password_hash); !set)
      return base::pass_on(set);
  return Outcome::updated;
}

}  // namespace cardea::store
