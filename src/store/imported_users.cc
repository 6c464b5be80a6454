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
  const auto laid_out = make_user_document(document, {target.connection, target.provider, "new", {}, {}});
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

base::Result<ImportedUsers::Taken> ImportedUsers::take_in(Transaction& transaction, const object& document,
                                                          const std::optional<std::string>& password_hash,
                                                          const UserTimes& times) {
  const auto holders = holders_in(transaction, target_.tenant, names_of(target_, document));
  if (!holders) return base::pass_on(holders);
  if (holders->empty()) {
    auto created = users_.create_in(transaction, target_.tenant, target_.connection, target_.provider, document,
                                    password_hash, times);
    if (!created) return base::pass_on(created);
    return Taken{Outcome::created, created->key};
  }
  if (!target_.overwrite) return Taken{Outcome::existed};
  if (holders->size() > 1) return base::fail(base::Errc::conflict, "its user_id and names belong to several users");
  return overwrite_in(transaction, model::UserKey{holders->front()}, document, password_hash);
}

// What is the same already is left alone: an import that is run again changes no password.
base::Result<ImportedUsers::Taken> ImportedUsers::overwrite_in(Transaction& transaction, const model::UserKey& user,
                                                               const object& document,
                                                               const std::optional<std::string>& password_hash) {
  const auto before = users_.find_in(transaction, target_.tenant, user);
  if (!before) return base::pass_on(before);
  const auto updated = users_.update_in(transaction, target_.tenant, user, document);
  if (!updated) return base::pass_on(updated);
  Taken taken{Outcome::updated, user};
  taken.newly_blocked = updated->blocked && !before->blocked;
  if (!password_hash) return taken;
  const auto stored = users_.password_in(transaction, target_.tenant, user);
  if (!stored && stored.error().code != base::Errc::not_found) return base::pass_on(stored);
  if (stored && stored->hash == *password_hash) return taken;
  if (auto set = users_.set_password_in(transaction, target_.tenant, user, *password_hash); !set)
    return base::pass_on(set);
  taken.password_changed = true;
  return taken;
}

base::awaitable<base::Result<model::UserKey>> ImportedUsers::find(Database& database, object document) const {
  std::string found;
  for (const auto& name : names_of(target_, document)) {
    const auto holder = co_await database.holder(target_.tenant, name.attribute, name.value);
    if (!holder && holder.error().code == base::Errc::not_found) continue;
    if (!holder) co_return base::pass_on(holder);
    if (!found.empty() && found != *holder) co_return base::fail(base::Errc::not_found, "several users");
    found = *holder;
  }
  if (found.empty()) co_return base::fail(base::Errc::not_found, "no such user");
  co_return model::UserKey{found};
}

}  // namespace cardea::store
