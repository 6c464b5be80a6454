#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "model/user.h"
#include "store/database.h"

namespace cardea::store {

// Of a user who was made elsewhere; Time{}: now.
struct UserTimes {
  base::Time created_at, updated_at;
};

// Users with their identities and credentials. The *_in methods are steps of a caller's unit of work (Database::write),
// so that a sign-up with its ticket, event and mail is one. All e-mail addresses in lower case; user names keep their
// case and compare without it.
//
// E-mail, username and phone number are unique within a connection whose users sign in with them: provider "auth0"
// (our own directories), "email" and "sms". Elsewhere only the user_id is, as two upstream accounts may share an
// address.
class Users {
 public:
  // Both must outlive it.
  Users(Database& database, base::Random& random);

  base::awaitable<base::Result<model::User>> find(model::TenantId tenant, model::UserKey key);
  base::awaitable<base::Result<model::User>> find_by_user_id(model::TenantId tenant, model::UserId user_id);
  // Which user of the connection signs in with this e-mail, username or phone ("email", "username", "phone_number").
  base::awaitable<base::Result<model::User>> find_by_identifier(model::TenantId tenant, std::string connection,
                                                                std::string attribute, std::string value);
  // Every connection's users with this e-mail.
  base::awaitable<base::Result<std::vector<model::User>>> find_by_email(model::TenantId tenant, std::string email);
  // The primary one first.
  base::awaitable<base::Result<std::vector<model::Identity>>> identities(model::TenantId tenant, model::UserKey user);
  // not_found: signs in in other ways.
  base::awaitable<base::Result<model::Credential>> password(model::TenantId tenant, model::UserKey user);
  // Rows as stored; user_from_document() reads them.
  base::awaitable<base::Result<Page>> page(model::TenantId tenant, std::string after, std::size_t limit);

  // already_exists: an identifier or the user_id is taken. `document` has the API's members; created_at, updated_at,
  // user_id ("<provider>|" + 24 hex when absent, else prefixed unless it has the prefix) and defaults for name,
  // nickname, picture are set here. Members that only the server writes, and passwords, are dropped from it.
  base::Result<model::User> create_in(Transaction& transaction, const model::TenantId& tenant,
                                      const std::string& connection, const std::string& provider,
                                      base::json::object document, std::optional<std::string> password_hash,
                                      const UserTimes& times = {});
  base::Result<model::User> find_in(Transaction& transaction, const model::TenantId& tenant, const model::UserKey& key);
  // As password().
  base::Result<model::Credential> password_in(Transaction& transaction, const model::TenantId& tenant,
                                              const model::UserKey& key);
  // Overwrites the members that `changes` names; null removes; user_metadata and app_metadata merge at the first
  // level, an empty object clears them. Members that only the server writes (user_id, connection, last_login …) and
  // "password" are passed over. A changed e-mail stays as verified as `changes` says, or as it was.
  // Moves the claims of changed identifiers. already_exists, not_found, conflict.
  base::Result<model::User> update_in(Transaction& transaction, const model::TenantId& tenant,
                                      const model::UserKey& key, const base::json::object& changes);
  // Also sets last_password_reset. Revokes nothing: the caller decides. not_found: no such user.
  base::Result<void> set_password_in(Transaction& transaction, const model::TenantId& tenant, const model::UserKey& key,
                                     const std::string& password_hash);
  // Counts a login: last_login, last_ip, logins_count (own slot of the cell).
  base::Result<void> record_login_in(Transaction& transaction, const model::TenantId& tenant, const model::UserKey& key,
                                     const std::string& ip);
  // With identities, credentials, permissions, claims, consents; revokes its sessions and refresh families.
  base::Result<void> erase_in(Transaction& transaction, const model::TenantId& tenant, const model::UserKey& key);

  // Directly assigned RBAC permissions.
  base::awaitable<base::Result<std::vector<std::string>>> permissions(model::TenantId tenant, model::UserKey user,
                                                                      std::string audience);
  base::Result<void> grant_permission_in(Transaction& transaction, const model::TenantId& tenant,
                                         const model::UserKey& user, const std::string& audience,
                                         const std::string& permission);
  base::Result<void> remove_permission_in(Transaction& transaction, const model::TenantId& tenant,
                                          const model::UserKey& user, const std::string& audience,
                                          const std::string& permission);

 private:
  Database& database_;
  base::Random& random_;
};

}  // namespace cardea::store
