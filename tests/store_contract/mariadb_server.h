#pragma once

#include "tests/store_contract/test_server.h"

namespace cardea::store {

// MariaDB. Each test has a database. The user cardea may do all.
class MariadbServer : public TestServer {
 public:
  // `options` of mariadbd, before which ours come.
  explicit MariadbServer(std::vector<std::string> options = {});
  ~MariadbServer() override { stop(SIGTERM); }

  static MariadbServer& shared();
  static ServerKind kind();

  std::string url(const std::string& name) override;
  // In the database of the URL; as in our SQL, "names" may be quoted.
  std::string by_hand(const std::string& url, const std::string& sql) override;
  std::string socket() const { return folder() / "s"; }

 private:
  std::vector<std::string> command() const override;
  bool answers() const override;
  // A server that starts removes the temporary tables of all others there.
  std::string tmpdir() const { return "--tmpdir=" + folder().string(); }

  const std::vector<std::string> options_;
  const std::string data_ = folder() / "data";
};

}  // namespace cardea::store
