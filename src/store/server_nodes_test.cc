#include "tests/store_contract/server_nodes.h"

#include "tests/store_contract/mariadb_server.h"
#include "tests/store_contract/postgres_server.h"

namespace cardea::store {

INSTANTIATE_TEST_SUITE_P(Servers, ServerNodesTest, testing::Values(PostgresServer::kind(), MariadbServer::kind()),
                         server_name);

}  // namespace cardea::store
