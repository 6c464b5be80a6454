#include "app/backup/bootstrap_store.h"

#include <boost/asio/this_coro.hpp>

#include "app/backup/backup_run.h"
#include "app/run_now.h"
#include "base/log.h"
#include "crypto/system_random.h"
#include "store/alarm.h"
#include "store/archive/store_loader.h"

namespace cardea::app {
namespace {

constexpr auto kLookAgain = std::chrono::seconds(1);

base::awaitable<bool> pause() {
  const auto alarm = store::make_alarm(co_await boost::asio::this_coro::executor);
  co_await alarm->wait(kLookAgain);
  co_return true;
}

bool somebody_else_does(const base::Error& error) {
  return error.code == base::Errc::conflict || error.code == base::Errc::already_exists;
}

// Whether it is done; false: somebody else is at it.
base::Result<bool> fill(const Config& config, base::Log& log, const store::ArchiveTools& tools) {
  auto target = parse_target(config.bootstrap_from, config, tools.clock);
  if (!target) return base::pass_on(target);
  const auto name = choose_backup(**target, config.cell_number, "");
  if (!name) return base::pass_on(name);
  log.info("filling the empty database from a backup", {{"backup", *name}});
  const auto restored = run_restore(config, **target, *name, tools);
  if (!restored && somebody_else_does(restored.error())) return false;
  if (!restored) return base::pass_on(restored);
  log.info("the database is filled", {{"backup", *name}, {"incarnation", restored->store.incarnation}});
  return true;
}

}  // namespace

base::Result<void> bootstrap_store(const Config& config) {
  if (config.bootstrap_from.empty()) return {};
  const base::SystemClock clock;
  crypto::SystemRandom random;
  const auto log = base::open_json_log(
      config.log_level, {{"cell", config.cell_id}, {"region", config.cell_region}, {"provider", config.cell_provider}},
      clock);
  const store::ArchiveTools tools{clock, random, CARDEA_VERSION};
  while (true) {
    const auto empty = store::is_empty_store(config.store_url);
    if (!empty) return base::pass_on(empty);
    if (!*empty) return {};
    const auto done = fill(config, *log, tools);
    if (!done) return base::fail(done.error().code, "store.bootstrap_from: " + done.error().reason);
    if (*done) return {};
    log->info("another node fills the database");
    run_now(pause());
  }
}

}  // namespace cardea::app
