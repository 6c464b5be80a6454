#include "store/sql/open_server.h"
#include "store/sql/open_sqlite.h"
#include "tests/store_contract/contract_changes.h"
#include "tests/store_contract/contract_claims.h"
#include "tests/store_contract/contract_feed.h"
#include "tests/store_contract/contract_followers.h"
#include "tests/store_contract/contract_mesh.h"
#include "tests/store_contract/contract_rows.h"
#include "tests/store_contract/mariadb_server.h"
#include "tests/store_contract/postgres_server.h"

namespace cardea::store {
namespace {

const Backend kMemory{
    "memory", [](const Surroundings& surroundings, const std::filesystem::path&) { return open_memory(surroundings); }};

const Backend kSqlite{"sqlite", [](const Surroundings& surroundings, const std::filesystem::path& folder) {
                        auto database = open_sqlite(folder / "cardea.db", surroundings);
                        EXPECT_TRUE(database) << (database ? "" : database.error().reason);
                        return std::move(*database);
                      }};

Backend on(const ServerKind& kind) {
  return {kind.name, [kind](const Surroundings& surroundings, const std::filesystem::path& folder) {
            auto database = open_server(kind.shared().url(folder.filename()), surroundings);
            EXPECT_TRUE(database) << (database ? "" : database.error().reason);
            return std::move(*database);
          }};
}

const auto kEngines = testing::Values(kMemory, kSqlite, on(PostgresServer::kind()), on(MariadbServer::kind()));

INSTANTIATE_TEST_SUITE_P(Engines, RowContract, kEngines, backend_name);
INSTANTIATE_TEST_SUITE_P(Engines, ClaimContract, kEngines, backend_name);
INSTANTIATE_TEST_SUITE_P(Engines, FeedContract, kEngines, backend_name);
INSTANTIATE_TEST_SUITE_P(Engines, ChangesContract, kEngines, backend_name);
INSTANTIATE_TEST_SUITE_P(Engines, MeshStoreContract, kEngines, backend_name);
INSTANTIATE_TEST_SUITE_P(Engines, JobContract, kEngines, backend_name);
INSTANTIATE_TEST_SUITE_P(Engines, FollowerContract, kEngines, backend_name);

}  // namespace
}  // namespace cardea::store
