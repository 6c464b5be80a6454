#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "store/sql/server_session.h"

namespace cardea::store {

// PostgreSQL 13 or later, and what speaks its protocol, through libpq.
class PostgresEngine final : public ServerEngine {
 public:
  // invalid: the URL is none. Its text, which holds the password, is never in an error.
  static base::Result<std::unique_ptr<ServerEngine>> parse(std::string_view url, const ServerLimits& limits);

  // `target` is a URL of our own making.
  PostgresEngine(std::string target, std::string place, const ServerLimits& limits)
      : target_(std::move(target)), place_(std::move(place)), limits_(limits) {}

  base::Result<std::unique_ptr<ServerSession>> connect() const override;
  std::string place() const override { return place_; }

 private:
  const std::string target_;
  const std::string place_;
  const ServerLimits limits_;
};

// What went wrong, in one line and without values: the server's details quote rows.
std::string postgres_reason(const soci::soci_error& error);

}  // namespace cardea::store
