#include "app/open_store.h"

#include "store/sql/open_server.h"
#include "store/sql/open_sqlite.h"

namespace cardea::app {

base::Result<std::unique_ptr<store::Database>> open_store(const Config& config,
                                                          const store::Surroundings& surroundings) {
  if (config.store_url.starts_with("sqlite:")) {
    auto path = store::sqlite_path(config.store_url);
    if (!path) return base::pass_on(path);
    store::SqliteOptions options;
    options.queue = config.store_queue;
    options.slow = std::chrono::milliseconds(config.store_slow_ms);
    return store::open_sqlite(*path, surroundings, options);
  }
  if (store::is_server_url(config.store_url)) {
    store::ServerOptions options;
    options.connections = config.store_connections;
    options.queue = config.store_queue;
    options.slow = std::chrono::milliseconds(config.store_slow_ms);
    return store::open_server(config.store_url, surroundings, options);
  }
  return base::fail(
      base::Errc::invalid,
      "store.url: this version of cardea has no such database; use sqlite:FILE, postgresql://… or mysql://…");
}

}  // namespace cardea::app
