#pragma once

#include <soci/soci.h>

#include <string>

namespace cardea::store {

struct SqliteFile {
  std::string path;
  std::string vfs;               // of the SQLite library; empty = its default
  bool synchronous_full = true;  // false may lose acknowledged writes; for measurements and tests of the tests
  bool import = false;           // Surroundings::import
};

enum class SqliteUse { read_only, read_write };

// One connection with our settings: write-ahead log, no foreign keys, waits up to five seconds for another process.
// One thread at a time. Throws soci::soci_error.
class SqliteSession {
 public:
  // The file must exist.
  SqliteSession(const SqliteFile& file, SqliteUse use);

  soci::session& soci() { return session_; }
  // Whether the transaction is still open: some failures (a full disk) end it by themselves.
  bool in_transaction();

 private:
  soci::session session_;
};

// What went wrong, without the statement's parameters, which what() would show.
std::string reason_of(const soci::soci_error& error);

}  // namespace cardea::store
