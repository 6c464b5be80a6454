#pragma once

#include "tests/store_contract/test_server.h"

namespace cardea::store {

// PostgreSQL. Each test has a schema of the only database.
class PostgresServer final : public TestServer {
 public:
  PostgresServer();
  ~PostgresServer() override { stop(SIGINT); }  // ends the connections

  static PostgresServer& shared();
  static ServerKind kind();

  std::string url(const std::string& name) override;
  // In the schema that url() gave.
  std::string by_hand(const std::string& url, const std::string& sql) override;

 private:
  std::vector<std::string> command() const override;
  bool answers() const override;

  const std::string data_ = folder() / "data";
};

}  // namespace cardea::store
