#include "store/sql/open_server.h"
#include "store/sql/open_sqlite.h"
#include "tests/store_contract/mariadb_server.h"
#include "tests/store_contract/postgres_server.h"
#include "tests/store_contract/records_contract_configuration.h"
#include "tests/store_contract/records_contract_one_time.h"
#include "tests/store_contract/records_contract_refresh.h"
#include "tests/store_contract/records_contract_tenants.h"
#include "tests/store_contract/records_contract_users.h"

namespace cardea::store::contract {

Backend on(const ServerKind& kind) {
  return {kind.name,
          [kind](const Surroundings& surroundings, const std::string& folder) {
            const auto name = std::filesystem::path(folder).filename().string();
            auto opened = open_server(kind.shared().url(name), surroundings);
            EXPECT_TRUE(opened) << opened.error().reason;
            return opened ? std::move(*opened) : nullptr;
          },
          true};
}

const auto kBackends = testing::Values(
    Backend{"memory", [](const Surroundings& surroundings, const std::string&) { return open_memory(surroundings); }},
    Backend{"sqlite",
            [](const Surroundings& surroundings, const std::string& folder) {
              auto opened = open_sqlite(folder + "/cell.db", surroundings, {.synchronous_full = false});
              EXPECT_TRUE(opened) << opened.error().reason;
              return opened ? std::move(*opened) : nullptr;
            },
            true},
    on(PostgresServer::kind()), on(MariadbServer::kind()));

INSTANTIATE_TEST_SUITE_P(Records, RecordsContract, kBackends, backend_name);
INSTANTIATE_TEST_SUITE_P(Records, RefreshContract, kBackends, backend_name);
INSTANTIATE_TEST_SUITE_P(Records, SessionContract, kBackends, backend_name);
INSTANTIATE_TEST_SUITE_P(Records, ConfigurationContract, kBackends, backend_name);

}  // namespace cardea::store::contract
