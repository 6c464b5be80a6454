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

  // `users` must outlive it.
  ImportedUsers(Users& users, Target target) : users_(users), target_(std::move(target)) {}

  // A user is there when one has the user_id of the document or one of its identifiers. conflict: two users do, with
  // `overwrite`; nothing was written for this one.
  base::Result<Outcome> take_in(Transaction& transaction, const base::json::object& document,
                                const std::optional<std::string>& password_hash);

 private:
  base::Result<Outcome> overwrite_in(Transaction& transaction, const model::UserKey& user,
                                     const base::json::object& document,
                                     const std::optional<std::string>& password_hash);

  Users& users_;
  const Target target_;
};

}  // namespace cardea::store
