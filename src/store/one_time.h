#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "model/session.h"
#include "store/database.h"

namespace cardea::store {

// Consumption of sealed artifacts that work once: authorization codes, login steps, client assertions (`jti`).
class Consumptions {
 public:
  explicit Consumptions(Database& database);

  // First use: keeps `note` (e.g. the refresh family that the code gave) until `expires_at`.
  // conflict: consumed before; `earlier` then has the first use's note.
  base::Result<void> consume_in(Transaction& transaction, const model::TenantId& tenant, std::string_view purpose,
                                std::string_view id, base::Time expires_at, const base::json::object& note,
                                base::json::object* earlier = nullptr);
  base::awaitable<base::Result<bool>> consumed(model::TenantId tenant, std::string purpose, std::string id);

 private:
  Database& database_;
};

// Rights behind mailed links.
class Tickets {
 public:
  explicit Tickets(Database& database);

  // A used one is found (used = true). not_found: unknown or expired.
  base::awaitable<base::Result<model::Ticket>> find(model::TenantId tenant, std::string token_hash);
  base::Result<void> create_in(Transaction& transaction, const model::TenantId& tenant, const model::Ticket& ticket);
  // conflict: used before. not_found: unknown or expired.
  base::Result<model::Ticket> use_in(Transaction& transaction, const model::TenantId& tenant,
                                     std::string_view token_hash);

 private:
  Database& database_;
};

// What users agreed to.
class Consents {
 public:
  // Both must outlive it.
  Consents(Database& database, base::Random& random);

  // not_found.
  base::awaitable<base::Result<model::Consent>> find(model::TenantId tenant, model::UserKey user,
                                                     model::ClientId client, std::string audience);
  base::awaitable<base::Result<std::vector<model::Consent>>> of_user(model::TenantId tenant, model::UserKey user);
  // Adds the scopes to what was agreed before.
  base::Result<void> add_in(Transaction& transaction, const model::TenantId& tenant, const model::Consent& consent);
  // not_found.
  base::Result<void> erase_in(Transaction& transaction, const model::TenantId& tenant, std::string_view row_id);
  base::Result<void> erase_of_user_in(Transaction& transaction, const model::TenantId& tenant,
                                      const model::UserKey& user);

 private:
  Database& database_;
  base::Random& random_;
};

}  // namespace cardea::store
