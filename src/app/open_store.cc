#include "app/open_store.h"

#include <fmt/core.h>

#include "app/run_now.h"
#include "store/sql/open_server.h"
#include "store/sql/open_sqlite.h"

namespace cardea::app {
namespace {

base::Result<std::unique_ptr<store::Database>> open(const Config& config, const std::string& url,
                                                    store::ServerRole role, const store::Surroundings& surroundings,
                                                    store::StoreMetrics metrics) {
  if (url.starts_with("sqlite:")) {
    auto path = store::sqlite_path(url);
    if (!path) return base::pass_on(path);
    store::SqliteOptions options;
    options.queue = config.store_queue;
    options.slow = std::chrono::milliseconds(config.store_slow_ms);
    options.metrics = std::move(metrics);
    return store::open_sqlite(*path, surroundings, options);
  }
  store::ServerOptions options;
  options.connections = config.store_connections;
  options.queue = config.store_queue;
  options.slow = std::chrono::milliseconds(config.store_slow_ms);
  options.role = role;
  options.metrics = std::move(metrics);
  return store::open_server(url, surroundings, options);
}

base::Result<OpenedStore> open_standby(const Config& config, const store::Surroundings& surroundings,
                                       base::Metrics& metrics) {
  if (config.side_url.empty())
    return base::fail(base::Errc::invalid, "store.side_url: needed by cell.role = \"standby\"");
  if (!store::is_server_url(config.store_url))
    return base::fail(base::Errc::invalid, "store.url: a standby needs a replica on a database server");
  auto main = open(config, config.store_url, store::ServerRole::standby, surroundings, {metrics, "main"});
  if (!main) return base::pass_on(main);
  auto side = open_side(config, surroundings, {metrics, "side"});
  if (!side) return base::pass_on(side);
  const auto refuses = run_now((*main)->refuses_writes());
  if (!refuses) return base::pass_on(refuses);
  auto standby = std::make_unique<store::StandbyDatabase>(std::move(*main), std::move(*side), *refuses,
                                                          surroundings.clock, surroundings.log);
  OpenedStore opened;
  opened.standby = standby.get();
  opened.database = std::move(standby);
  return opened;
}

base::Result<std::unique_ptr<store::Database>> open_replica(const Config& config, const std::string& url,
                                                            const std::string& incarnation,
                                                            const store::Surroundings& surroundings,
                                                            store::StoreMetrics metrics) {
  auto replica = open(config, url, store::ServerRole::guest, surroundings, std::move(metrics));
  if (replica && (*replica)->incarnation() != incarnation)
    return base::fail(base::Errc::invalid, "it is another store, no replica of store.url");
  return replica;
}

// One that is away now, or has not got the newest schema yet, is no reason not to start.
std::unique_ptr<store::ReplicaReads> read_replicas(const Config& config, store::Database& primary,
                                                   const store::Surroundings& surroundings, base::Metrics& metrics) {
  std::vector<store::ReplicaReads::Open> replicas;
  for (const auto& url : config.replica_urls) {
    const store::StoreMetrics its_metrics(metrics, fmt::format("replica_{}", replicas.size() + 1));
    replicas.emplace_back([&config, url, incarnation = primary.incarnation(), surroundings, its_metrics] {
      return open_replica(config, url, incarnation, surroundings, its_metrics);
    });
  }
  return std::make_unique<store::ReplicaReads>(primary, std::move(replicas), surroundings.clock, surroundings.log);
}

}  // namespace

base::Result<std::unique_ptr<store::Database>> open_side(const Config& config, const store::Surroundings& surroundings,
                                                         store::StoreMetrics metrics) {
  auto side = open(config, config.side_url, store::ServerRole::own, surroundings, std::move(metrics));
  if (!side) return base::fail(side.error().code, "store.side_url: " + side.error().reason);
  return side;
}

base::Result<OpenedStore> open_store(const Config& config, const store::Surroundings& surroundings,
                                     base::Metrics& metrics) {
  if (config.cell_role == CellRole::standby) return open_standby(config, surroundings, metrics);
  auto database = open(config, config.store_url, store::ServerRole::own, surroundings, {metrics, "main"});
  if (!database) return base::pass_on(database);
  OpenedStore opened;
  opened.database = std::move(*database);
  if (!config.replica_urls.empty()) opened.replicas = read_replicas(config, *opened.database, surroundings, metrics);
  return opened;
}

}  // namespace cardea::app
