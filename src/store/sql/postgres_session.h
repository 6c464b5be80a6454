#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "store/sql/server_session.h"

namespace cardea::store {

// Deadlines of the server. A row lock is given up before the statement is.
struct PostgresLimits {
  base::Duration statement = std::chrono::seconds{10};
  base::Duration lock = std::chrono::seconds{5};
};

// PostgreSQL 13 or later, and what speaks its protocol, through libpq.
class PostgresEngine final : public ServerEngine {
 public:
  // invalid: the URL is none. Its text, which holds the password, is never in an error.
  static base::Result<PostgresEngine> parse(std::string_view url, const PostgresLimits& limits = {});

  base::Result<std::unique_ptr<ServerSession>> connect() const override;

  // "host:port/database", for people.
  const std::string& place() const { return place_; }

 private:
  PostgresEngine(std::string target, std::string place, const PostgresLimits& limits)
      : target_(std::move(target)), place_(std::move(place)), limits_(limits) {}

  std::string target_;
  std::string place_;
  PostgresLimits limits_;
};

// What went wrong, in one line and without values: the server's details quote rows.
std::string postgres_reason(const soci::soci_error& error);

}  // namespace cardea::store
