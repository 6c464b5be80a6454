#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "store/open.h"
#include "store/sql/postgres_session.h"

namespace cardea::store {

struct PostgresOptions {
  std::size_t connections = 8;  // threads that call the server, each with one
  std::size_t queue = 4096;     // calls that may wait for a thread; more are refused with unavailable
  PostgresLimits limits;
};

// Opens the database at "postgresql://user:password@host:port/database?…" (all that libpq understands) and migrates it.
// The nodes of a cell have it open at the same time. No error holds the password. invalid: no such URL, another
// encoding than UTF8, a database of another cell or of a newer, incompatible version. unavailable: it cannot be
// reached.
base::Result<std::unique_ptr<Database>> open_postgres(std::string_view url, const Surroundings& surroundings,
                                                      const PostgresOptions& options = {});

// For `db status` and `db migrate`.
struct PostgresSchema {
  std::string place;  // host:port/database
  int version = 0;    // of the database
  int newest = 0;     // that this program knows
};
base::Result<PostgresSchema> postgres_schema(std::string_view url);
// Gives the number of steps done.
base::Result<int> migrate_postgres(std::string_view url);

}  // namespace cardea::store
