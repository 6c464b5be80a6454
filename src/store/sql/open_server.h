#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/open.h"
#include "store/sql/server_limits.h"
#include "store/sql/server_role.h"
#include "store/sql/store_metrics.h"

namespace cardea::store {

class ServerEngine;

struct ServerOptions {
  std::size_t connections = 8;  // threads that call the server, each with one
  std::size_t queue = 4096;     // calls that may wait for a thread; more are refused with unavailable
  ServerLimits limits;
  base::Duration slow{};  // statements that take longer are logged; 0 = none
  ServerRole role = ServerRole::own;
  StoreMetrics metrics;
};

// Whether the URL names a server: "postgresql://…" (or "postgres://…"), or "mysql://…", MariaDB too.
bool is_server_url(std::string_view url);

// Opens the database at "postgresql://user:password@host:port/database?…" (all that libpq understands) or
// "mysql://user:password@host:port/database?…" (store/sql/mysql_url.h) and migrates it.
// The nodes of a cell have it open at the same time. No error holds the password. invalid: no such URL, a server that
// lacks what we need, a database of another cell or of a newer, incompatible version. unavailable: it cannot be
// reached.
base::Result<std::unique_ptr<Database>> open_server(std::string_view url, const Surroundings& surroundings,
                                                    const ServerOptions& options = {});

// Without connecting. invalid: no such URL.
base::Result<std::unique_ptr<ServerEngine>> server_engine(std::string_view url, const ServerLimits& limits = {});

// For `db status` and `db migrate`.
struct ServerSchema {
  std::string place;  // host:port/database
  int version = 0;    // of the database
  int newest = 0;     // that this program knows
};
base::Result<ServerSchema> server_schema(std::string_view url);
// Gives the number of steps done.
base::Result<int> migrate_server(std::string_view url);

}  // namespace cardea::store
