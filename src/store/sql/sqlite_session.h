#pragma once

#include <soci/soci.h>

#include <functional>
#include <string>

#include "base/result.h"

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
  // `hear` is called after each commit of this connection with how many pages the write-ahead log has; nullptr ends
  // that. Until then SQLite brings them into the file by itself.
  void on_commit(std::function<void(int pages)> hear);
  // Brings what is committed from the log into the file, beside whoever reads and writes. Gives how many pages of the
  // log are there now, or 0 while another process is about it. unavailable: the engine's reason.
  base::Result<int> checkpoint();

 private:
  soci::session session_;
  std::function<void(int pages)> hear_;
};

// What went wrong, without the statement's parameters, which what() would show.
std::string reason_of(const soci::soci_error& error);

}  // namespace cardea::store
