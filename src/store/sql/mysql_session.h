#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "store/sql/mysql_url.h"
#include "store/sql/server_session.h"

namespace cardea::store {

// MariaDB 10.6 or MySQL 8.0.1 or later, and what speaks their protocol, through MariaDB's client library.
class MysqlEngine final : public ServerEngine {
 public:
  // invalid: the URL is none (store/sql/mysql_url.h).
  static base::Result<std::unique_ptr<ServerEngine>> parse(std::string_view url, const ServerLimits& limits);

  MysqlEngine(MysqlTarget target, const ServerLimits& limits) : target_(std::move(target)), limits_(limits) {}

  // To the host that it reached last, else to the next ones; one that takes writes goes before one that does not.
  base::Result<std::unique_ptr<ServerSession>> connect() const override;
  std::string place() const override { return target_.place(); }

 private:
  const MysqlTarget target_;
  const ServerLimits limits_;
  mutable std::atomic<std::size_t> last_ = 0;
};

// What went wrong, in one line and without values: the server quotes them.
std::string mysql_reason(const soci::soci_error& error);

}  // namespace cardea::store
