#pragma once

#include <memory>
#include <vector>

#include "tests/store_contract/mariadb_server.h"

namespace cardea::store {

// Three members of a Galera cluster on the loopback. This is the first; a database is the same on all.
class GaleraCluster final : public MariadbServer {
 public:
  GaleraCluster();

  static GaleraCluster& shared();
  static ServerKind kind();

  // At the second member.
  std::string other_node(const std::string& url) override;
  // With all members as hosts, this one first.
  std::string url_of_all(const std::string& url) const;

 private:
  explicit GaleraCluster(int group_port);

  std::vector<std::unique_ptr<MariadbServer>> others_;
};

}  // namespace cardea::store
