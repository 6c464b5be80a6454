#include "app/open_store.h"

#include <fmt/core.h>

#include "app/run_now.h"
#include "store/sql/open_server.h"
#include "store/sql/open_sqlite.h"

namespace cardea::app {
namespace {

base::Result<std::unique_ptr<store::Database>> open(const Config& config, const std::string& url, bool standby,
                                                    const store::Surroundings& surroundings,
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
  options.standby = standby;
  options.metrics = std::move(metrics);
  return store::open_server(url, surroundings, options);
}

base::Result<OpenedStore> open_standby(const Config& config, const store::Surroundings& surroundings,
                                       base::Metrics& metrics) {
  if (config.side_url.empty())
    return base::fail(base::Errc::invalid, "store.side_url: needed by cell.role = \"standby\"");
  if (!store::is_server_url(config.store_url))
    return base::fail(base::Errc::invalid, "store.url: a standby needs a replica on a database server");
  auto main = open(config, config.store_url, true, surroundings, {metrics, "main"});
  if (!main) return base::pass_on(main);
  auto side = open(config, config.side_url, false, surroundings, {metrics, "side"});
  if (!side) return base::fail(side.error().code, "store.side_url: " + side.error().reason);
  const auto refuses = run_now((*main)->refuses_writes());
  if (!refuses) return base::pass_on(refuses);
  auto standby = std::make_unique<store::StandbyDatabase>(std::move(*main), std::move(*side), *refuses,
                                                          surroundings.clock, surroundings.log);
  OpenedStore opened;
  opened.standby = standby.get();
  opened.database = std::move(standby);
  return opened;
}

// One that is away now is no reason not to start: it is opened when the next one starts.
std::vector<std::unique_ptr<store::Database>> open_replicas(const Config& config,
                                                            const store::Surroundings& surroundings,
                                                            base::Metrics& metrics) {
  std::vector<std::unique_ptr<store::Database>> out;
  std::size_t number = 0;
  for (const auto& url : config.replica_urls) {
    auto replica = open(config, url, true, surroundings, {metrics, fmt::format("replica_{}", ++number)});
    if (replica)
      out.push_back(std::move(*replica));
    else
      surroundings.log.error("store: a replica cannot be opened", {{"reason", replica.error().reason}});
  }
  return out;
}

}  // namespace

base::Result<OpenedStore> open_store(const Config& config, const store::Surroundings& surroundings,
                                     base::Metrics& metrics) {
  if (config.cell_role == CellRole::standby) return open_standby(config, surroundings, metrics);
  auto database = open(config, config.store_url, false, surroundings, {metrics, "main"});
  if (!database) return base::pass_on(database);
  OpenedStore opened;
  opened.database = std::move(*database);
  if (!config.replica_urls.empty())
    opened.replicas = std::make_unique<store::ReplicaReads>(
        *opened.database, open_replicas(config, surroundings, metrics), surroundings.clock, surroundings.log);
  return opened;
}

}  // namespace cardea::app
