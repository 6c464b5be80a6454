#include "store/users.h"

#include <algorithm>

#include "base/ulid.h"
#include "store/document_fields.h"
#include "store/one_time.h"
#include "store/refresh_families.h"
#include "store/sessions.h"
#include "store/user_document.h"

namespace cardea::store {
namespace {

using base::Errc;
using base::Result;
using base::json::object;

constexpr std::string_view kPassword = "password";
constexpr std::string_view kUserIdClaim = "user_id";

Key key_of(const model::TenantId& tenant, const model::UserKey& key) { return {tenant, Kind::user, key.value}; }

model::User user_of(Record record) {
  return model::user_from_document(model::UserKey{record.key.id}, record.take_document());
}

model::Identity identity_of(const Record& record) {
  const auto document = record.document();
  model::Identity identity;
  identity.row_id = record.key.id;
  identity.user = model::UserKey{base::get_string_or(document, "user")};
  identity.connection = base::get_string_or(document, "connection");
  identity.provider = base::get_string_or(document, "provider");
  identity.user_id = base::get_string_or(document, "user_id");
  identity.is_social = base::get_bool_or(document, "is_social", false);
  if (const auto* profile = base::get_object(document, "profile_data")) identity.profile_data = *profile;
  return identity;
}

model::Credential credential_of(const Record& record) {
  const auto document = record.document();
  model::Credential credential;
  credential.row_id = record.key.id;
  credential.user = model::UserKey{base::get_string_or(document, "user")};
  credential.type = base::get_string_or(document, "type");
  credential.hash = base::get_string_or(document, "hash");
  credential.changed_at = get_time(document, "changed_at");
  return credential;
}

Record new_record(Transaction& transaction, const model::TenantId& tenant, Kind kind) {
  Record record;
  record.key = transaction.new_key(tenant, kind);
  return record;
}

// Lets go of what is no longer there and takes what is new; a name that has become verified is told so.
Result<void> move_claims(Transaction& transaction, const Key& user, const std::vector<Identifier>& before,
                         const std::vector<Identifier>& after) {
  for (const auto& old : before) {
    if (std::ranges::any_of(after, [&](const auto& name) { return name.same_name(old); })) continue;
    if (auto done = transaction.release(user.tenant, old.attribute, old.value, user.id); !done) return done;
  }
  for (const auto& name : after) {
    const bool known = std::ranges::any_of(
        before, [&](const auto& old) { return old.same_name(name) && old.verified == name.verified; });
    if (known) continue;
    if (auto done = transaction.claim(user.tenant, name.attribute, name.value, user.id, name.verified); !done)
      return done;
  }
  return {};
}

Result<void> erase_rows_of(Transaction& transaction, const model::TenantId& tenant, Kind kind,
                           const model::UserKey& user) {
  return empty_lookup(transaction, tenant, kind, "user", user.value,
                      [&](Record record) { return transaction.erase(record.key); });
}

Result<void> put_password(Transaction& transaction, Record record, const model::UserKey& user,
                          const std::string& hash) {
  auto document = record.document();
  document["user"] = user.value;
  document["type"] = kPassword;
  document["hash"] = hash;
  document["changed_at"] = base::to_millis(transaction.now());
  record.set_document(document);
  return transaction.put(std::move(record));
}

bool is_password(const Record& record) { return base::get_string_or(record.document(), "type") == kPassword; }

Result<model::Credential> password_among(const std::vector<Record>& credentials) {
  const auto found = std::ranges::find_if(credentials, is_password);
  if (found == credentials.end()) return base::fail(Errc::not_found, "the user has no password");
  return credential_of(*found);
}

// Takes a group out of the row, so that what is put next is written also when it is what stood there. Another cell may
// have been told the opposite since: of the two the one that was said last must stand, so it needs a stamp of its own.
Result<void> take_back(Transaction& transaction, Record& record, std::string_view group) {
  if (!record.groups.contains(group)) return {};
  record.groups.erase(group);
  const auto key = record.key;
  if (auto done = transaction.put(std::move(record)); !done) return done;
  auto stored = transaction.get(key);
  if (!stored) return base::pass_on(stored);
  record = std::move(*stored);
  return {};
}

}  // namespace

Users::Users(Database& database, base::Random& random) : database_(database), random_(random) {}

base::awaitable<Result<model::User>> Users::find(model::TenantId tenant, model::UserKey key) {
  auto record = co_await database_.get(key_of(tenant, key));
  if (!record) co_return base::pass_on(record);
  co_return user_of(std::move(*record));
}

base::awaitable<Result<model::User>> Users::find_by_user_id(model::TenantId tenant, model::UserId user_id) {
  auto row = co_await database_.holder(tenant, std::string(kUserIdClaim), user_id.value);
  if (!row) co_return base::pass_on(row);
  co_return co_await find(tenant, model::UserKey{*row});
}

base::awaitable<Result<model::User>> Users::find_by_identifier(model::TenantId tenant, std::string connection,
                                                               std::string attribute, std::string value) {
  auto row = co_await database_.holder(tenant, identifier_attribute(connection, attribute),
                                       identifier_value(attribute, value));
  if (!row) co_return base::pass_on(row);
  co_return co_await find(tenant, model::UserKey{*row});
}

base::awaitable<Result<std::vector<model::User>>> Users::find_by_email(model::TenantId tenant, std::string email) {
  auto records = co_await database_.find(tenant, Kind::user, "email", lower_case(email), kMostRows);
  if (!records) co_return base::pass_on(records);
  std::vector<model::User> users;
  for (auto& record : *records) users.push_back(user_of(std::move(record)));
  co_return users;
}

base::awaitable<Result<std::vector<model::Identity>>> Users::identities(model::TenantId tenant, model::UserKey user) {
  auto owner = co_await find(tenant, user);
  if (!owner) co_return base::pass_on(owner);
  auto records = co_await database_.find(tenant, Kind::identity, "user", user.value, kMostRows);
  if (!records) co_return base::pass_on(records);
  std::vector<model::Identity> identities;
  for (const auto& record : *records) identities.push_back(identity_of(record));
  // The one that the user is named for is the primary one; the others in the order in which they came.
  std::ranges::sort(identities, {}, [&](const auto& identity) {
    return std::pair(identity.provider + "|" + identity.user_id != owner->user_id.value, identity.row_id);
  });
  co_return identities;
}

base::awaitable<Result<model::Credential>> Users::password(model::TenantId tenant, model::UserKey user) {
  auto records = co_await database_.find(tenant, Kind::credential, "user", user.value, kMostRows);
  if (!records) co_return base::pass_on(records);
  co_return password_among(*records);
}

base::awaitable<Result<Page>> Users::page(model::TenantId tenant, std::string after, std::size_t limit) {
  co_return co_await database_.page(std::move(tenant), Kind::user, std::move(after), limit);
}

Result<model::User> Users::create_in(Transaction& transaction, const model::TenantId& tenant,
                                     const std::string& connection, const std::string& provider, object document,
                                     std::optional<std::string> password_hash, const UserTimes& times) {
  auto user = new_record(transaction, tenant, Kind::user);
  const model::UserKey key{user.key.id};
  const auto now = transaction.now();
  document = make_user_document(std::move(document),
                                {.connection = connection,
                                 .provider = provider,
                                 .fallback_id = base::random_hex(random_, 12),
                                 .created_at = times.created_at == base::Time{} ? now : times.created_at,
                                 .updated_at = times.updated_at == base::Time{} ? now : times.updated_at});
  const auto user_id = base::get_string_or(document, "user_id");
  if (auto claimed = transaction.claim(tenant, kUserIdClaim, user_id, key.value, true); !claimed)
    return base::pass_on(claimed);
  if (auto claimed = move_claims(transaction, user.key, {}, identifiers_of(document)); !claimed)
    return base::pass_on(claimed);

  auto identity = new_record(transaction, tenant, Kind::identity);
  identity.set_document({{"user", key.value},
                         {"connection", connection},
                         {"provider", provider},
                         {"user_id", without_provider(user_id)},
                         {"is_social", is_social(provider)}});
  if (auto done = transaction.put(std::move(identity)); !done) return base::pass_on(done);
  if (password_hash) {
    auto credential = new_record(transaction, tenant, Kind::credential);
    if (auto done = put_password(transaction, std::move(credential), key, *password_hash); !done)
      return base::pass_on(done);
  }
  user.set_document(document);
  if (auto done = transaction.put(std::move(user)); !done) return base::pass_on(done);
  return model::user_from_document(key, document);
}

Result<model::User> Users::find_in(Transaction& transaction, const model::TenantId& tenant, const model::UserKey& key) {
  auto record = transaction.get(key_of(tenant, key));
  if (!record) return base::pass_on(record);
  return user_of(std::move(*record));
}

Result<model::Credential> Users::password_in(Transaction& transaction, const model::TenantId& tenant,
                                             const model::UserKey& key) {
  auto credentials = transaction.find(tenant, Kind::credential, "user", key.value, kMostRows);
  if (!credentials) return base::pass_on(credentials);
  return password_among(*credentials);
}

Result<model::User> Users::update_in(Transaction& transaction, const model::TenantId& tenant, const model::UserKey& key,
                                     const object& changes) {
  auto record = transaction.get(key_of(tenant, key));
  if (!record) return base::pass_on(record);
  auto document = record->document();
  const auto before = identifiers_of(document);
  change_user_document(document, changes, transaction.now());
  if (auto moved = move_claims(transaction, record->key, before, identifiers_of(document)); !moved)
    return base::pass_on(moved);
  if (changes.contains("blocked"))
    if (auto said = take_back(transaction, *record, "blocked"); !said) return base::pass_on(said);
  record->set_document(document);
  if (auto done = transaction.put(std::move(*record)); !done) return base::pass_on(done);
  return model::user_from_document(key, document);
}

Result<void> Users::set_password_in(Transaction& transaction, const model::TenantId& tenant, const model::UserKey& key,
                                    const std::string& password_hash) {
  auto user = transaction.get(key_of(tenant, key));
  if (!user) return base::pass_on(user);
  auto document = user->document();
  document["last_password_reset"] = base::to_iso8601(transaction.now());
  user->set_document(document);
  if (auto done = transaction.put(std::move(*user)); !done) return done;

  auto credentials = transaction.find(tenant, Kind::credential, "user", key.value, kMostRows);
  if (!credentials) return base::pass_on(credentials);
  const auto found = std::ranges::find_if(*credentials, is_password);
  auto record = found == credentials->end() ? new_record(transaction, tenant, Kind::credential) : std::move(*found);
  return put_password(transaction, std::move(record), key, password_hash);
}

Result<void> Users::record_login_in(Transaction& transaction, const model::TenantId& tenant, const model::UserKey& key,
                                    const std::string& ip) {
  auto record = transaction.get(key_of(tenant, key));
  if (!record) return base::pass_on(record);
  auto document = record->document();
  document["last_login"] = base::to_iso8601(transaction.now());
  document["last_ip"] = ip;
  auto& logins = document["logins"];
  if (!logins.is_object()) logins = object{};
  const auto slot = std::to_string(database_.cell()) + "." + database_.incarnation();
  logins.get_object()[slot] = base::get_int_or(logins.get_object(), slot, 0) + 1;
  record->set_document(document);
  return transaction.put(std::move(*record));
}

Result<void> Users::erase_in(Transaction& transaction, const model::TenantId& tenant, const model::UserKey& key) {
  auto record = transaction.get(key_of(tenant, key));
  if (!record) return base::pass_on(record);
  const auto document = record->document();
  if (auto done = move_claims(transaction, record->key, identifiers_of(document), {}); !done) return done;
  if (auto done = transaction.release(tenant, kUserIdClaim, base::get_string_or(document, "user_id"), key.value); !done)
    return done;
  for (const auto kind : {Kind::identity, Kind::credential, Kind::user_permission})
    if (auto done = erase_rows_of(transaction, tenant, kind, key); !done) return done;
  if (auto done = Consents(database_, random_).erase_of_user_in(transaction, tenant, key); !done) return done;
  if (auto done = Sessions(database_).revoke_of_user_in(transaction, tenant, key); !done) return base::pass_on(done);
  if (auto done = RefreshFamilies(database_).revoke_of_user_in(transaction, tenant, key); !done)
    return base::pass_on(done);
  return transaction.erase(record->key);
}

}  // namespace cardea::store
