#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/open.h"
#include "store/sql/store_metrics.h"

namespace cardea::store {

struct SqliteOptions {
  std::string vfs;               // of the SQLite library; empty = its default
  bool synchronous_full = true;  // false may lose acknowledged writes when the power fails; for tests and measurements
  std::size_t queue = 4096;      // writes that may wait; more are refused with unavailable
  std::size_t batch = 256;       // writes that share a commit
  base::Duration slow{};         // statements that take longer are logged; 0 = none
  StoreMetrics metrics;
};

// The file of "sqlite:FILE". invalid: another scheme, no file, or a database in memory, which forgets everything.
base::Result<std::string> sqlite_path(std::string_view url);

// Makes the file, empty and for its owner alone, when it is missing; closes one that is open to others.
base::Result<void> make_private_sqlite_file(const std::string& path);

// Opens the file, makes it (mode 0600) when it is missing, and migrates it. Two processes may have it open at once.
// invalid: it belongs to another cell or was made by a newer, incompatible version. unavailable: it cannot be opened.
base::Result<std::unique_ptr<Database>> open_sqlite(const std::string& path, const Surroundings& surroundings,
                                                    const SqliteOptions& options = {});

// For `db status` and `db migrate`; the file must exist.
struct SqliteSchema {
  int version = 0;  // of the file
  int newest = 0;   // that this program knows
};
base::Result<SqliteSchema> sqlite_schema(const std::string& path);
// Gives the number of steps done.
base::Result<int> migrate_sqlite(const std::string& path);

}  // namespace cardea::store
