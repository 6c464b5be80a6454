#pragma once

#include <optional>
#include <string>

#include "store/users.h"

namespace cardea::store {

// Writes users that come from a file, any number of them in one unit of work: whether a user is there already is looked
// up, since a name that is taken would fail the whole unit. What was looked up is not read again.
class ImportedUsers {
 public:
  enum class Outcome { created, existed, updated };
  struct Target {
    model::TenantId tenant;
    std::string connection;
    std::string provider;
    bool overwrite = false;  // a user who is there gets the members that the document names, and the password
  };

  // What became of a user.
  struct Taken {
    Outcome outcome = Outcome::created;
    model::UserKey user;            // of `updated`, as what follows
    bool password_changed = false;  // it has another one than before
    bool newly_blocked = false;
  };

  // `users` must outlive it.
  ImportedUsers(Users& users, Target target) : users_(users), target_(std::move(target)) {}

  // A user is there when one has the user_id of the document or one of its identifiers. conflict: two users do, with
  // `overwrite`; nothing was written for this one. Ends no sessions: the caller decides. `times`: of a new user.
  base::Result<Taken> take_in(Transaction& transaction, const base::json::object& document,
                              const std::optional<std::string>& password_hash, const UserTimes& times = {});

  // Who is there already, when that is one. not_found.
  base::awaitable<base::Result<model::UserKey>> find(Database& database, base::json::object document) const;

 private:
  base::Result<Taken> overwrite_in(Transaction& transaction, const model::UserKey& user,
                                   const base::json::object& document, const std::optional<std::string>& password_hash);

  Users& users_;
  const Target target_;
};

}  // namespace cardea::store
