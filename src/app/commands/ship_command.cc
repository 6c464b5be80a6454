#include "app/commands/commands.h"
#include "app/open_store.h"
#include "app/run_now.h"
#include "app/seal_key.h"
#include "crypto/system_random.h"
#include "store/sql/open_server.h"
#include "store/standby/shipping.h"

namespace cardea::app {
namespace {

base::Result<store::Shipped> ship_to(const Config& config, const std::string& url) {
  if (config.side_url.empty()) return base::fail(base::Errc::invalid, "store.side_url: this cell is no standby");
  if (!store::is_server_url(url))
    return base::fail(base::Errc::invalid, "--to: postgresql://… or mysql://… of the primary expected");
  crypto::SystemRandom random;
  auto cell_key = open_seal_key(config, random);
  if (!cell_key) return base::pass_on(cell_key);
  const base::SystemClock clock;
  base::NullLog log;
  store::TenantKeys keys(*cell_key, random);
  const store::Surroundings surroundings{clock, random, log, keys, config.cell_number};

  const auto side = store::open_server(config.side_url, surroundings, {.connections = 1});
  if (!side) return base::fail(side.error().code, "store.side_url: " + side.error().reason);
  // The primary's, whichever cell that is.
  const auto main = store::open_server(url, surroundings, {.connections = 1, .standby = true});
  if (!main) return base::fail(main.error().code, "--to: " + main.error().reason);
  const auto refuses = run_now((*main)->refuses_writes());
  if (!refuses) return base::pass_on(refuses);
  if (*refuses) return base::fail(base::Errc::unavailable, "--to: this database takes no writes now");
  return run_now(store::ship(**side, **main));
}

}  // namespace

int db_ship(Config config, const std::string& to, const Output& output) {
  const auto shipped = ship_to(config, to);
  if (!shipped) return output.failure(shipped.error());
  output.object({{"rows", shipped->rows}, {"events", shipped->events}});
  return 0;
}

}  // namespace cardea::app
