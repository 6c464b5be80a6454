#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/store_contract/temporary_folder.h"

namespace cardea::store {

// A PostgreSQL server of its own, on a free port of the loopback, in a folder that is removed at the end. It does not
// sync: it survives its own death, not that of the machine. As root it runs as the user postgres.
// Throws std::runtime_error when there is no PostgreSQL here or it does not start.
class PostgresServer {
 public:
  PostgresServer();
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // The one that the tests of this program share, each with a schema of its own.
  static PostgresServer& shared();

  // Of a database that is empty at the first call with the name: a schema of the only one.
  std::string url(const std::string& name);
  int port() const { return port_; }

  void start();
  // As a power cut would, but for the disk.
  void kill();
  // Runs SQL beside the engine, in the schema that url() gave, and gives the first value of the result.
  std::string by_hand(const std::string& url, const std::string& sql);

 private:
  void run(const std::vector<std::string>& command) const;
  pid_t spawn(const std::vector<std::string>& command) const;
  bool answers() const;

  TemporaryFolder folder_;
  std::string data_;
  int port_ = 0;
  pid_t pid_ = 0;
};

}  // namespace cardea::store
