#include "app/commands/commands.h"
#include "app/open_store.h"
#include "app/run_now.h"
#include "app/seal_key.h"
#include "crypto/system_random.h"
#include "store/sql/open_server.h"
#include "store/standby/shipping.h"

namespace cardea::app {
namespace {

using base::Errc;

const store::ServerOptions kGuest{.connections = 1, .role = store::ServerRole::guest};

base::Result<bool> takes_writes(store::Database& database) {
  const auto refuses = run_now(database.refuses_writes());
  if (!refuses) return base::pass_on(refuses);
  return !*refuses;
}

// The store at `url`, when it is that of which `store.url` is a replica, and takes writes: rows of this cell are in no
// other one's place, and what has been shipped is not shipped again.
base::Result<std::unique_ptr<store::Database>> open_primary(const Config& config, const std::string& url,
                                                            const store::Surroundings& surroundings) {
  const auto replica = store::open_server(config.store_url, surroundings, kGuest);
  if (!replica) return base::fail(replica.error().code, "store.url: " + replica.error().reason);
  auto primary = store::open_server(url, surroundings, kGuest);
  if (!primary) return base::fail(primary.error().code, "--to: " + primary.error().reason);
  if ((*primary)->incarnation() != (*replica)->incarnation())
    return base::fail(Errc::invalid, "--to: this is another store, not the primary of store.url");
  const auto writable = takes_writes(**primary);
  if (!writable) return base::pass_on(writable);
  if (!*writable) return base::fail(Errc::unavailable, "--to: this database takes no writes now");
  const auto promoted = takes_writes(**replica);
  if (!promoted) return base::pass_on(promoted);
  if (*promoted && url != config.store_url)
    return base::fail(Errc::conflict, "store.url takes writes, so it is the primary now: --to must be the same");
  return primary;
}

base::Result<store::Shipped> ship_to(const Config& config, const std::string& url) {
  if (config.side_url.empty()) return base::fail(Errc::invalid, "store.side_url: this cell is no standby");
  if (!store::is_server_url(config.store_url))
    return base::fail(Errc::invalid, "store.url: a standby needs a replica on a database server");
  if (!store::is_server_url(url))
    return base::fail(Errc::invalid, "--to: postgresql://… or mysql://… of the primary expected");
  crypto::SystemRandom random;
  auto cell_key = open_seal_key(config, random);
  if (!cell_key) return base::pass_on(cell_key);
  const base::SystemClock clock;
  base::NullLog log;
  store::TenantKeys keys(*cell_key, random);
  const store::Surroundings surroundings{clock, random, log, keys, config.cell_number};

  const auto primary = open_primary(config, url, surroundings);
  if (!primary) return base::pass_on(primary);
  const auto side = open_side(config, surroundings);
  if (!side) return base::pass_on(side);
  return run_now(store::ship(**side, **primary));
}

}  // namespace

int db_ship(Config config, const std::string& to, const Output& output) {
  const auto shipped = ship_to(config, to);
  if (!shipped) return output.failure(shipped.error());
  output.object({{"rows", shipped->rows}, {"events", shipped->events}});
  return 0;
}

}  // namespace cardea::app
