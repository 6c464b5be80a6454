#include "app/foundation.h"

#include "app/open_store.h"
#include "app/run_now.h"
#include "app/seal_key.h"

namespace cardea::app {
namespace {

// A cell of a mesh gets the key that tenants' names are kept under from the cell that was bootstrapped. One of its own
// would be merged with that one, and the older of the two lost with all names under it.
base::awaitable<base::Result<void>> prepare(Foundation& f) {
  if (!f.config.in_mesh()) co_return co_await f.tenants->prepare();
  const auto known = co_await f.tenants->find(model::kSystemTenant);
  if (!known && known.error().code != base::Errc::not_found) co_return base::pass_on(known);
  co_return base::Result<void>{};
}

}  // namespace

Foundation::Foundation(Config c, crypto::SealKey cell_key)
    : config(std::move(c)),
      log(base::open_json_log(
          config.log_level,
          {{"cell", config.cell_id}, {"region", config.cell_region}, {"provider", config.cell_provider}}, clock)),
      keys(std::move(cell_key), random) {}

base::Result<std::unique_ptr<Foundation>> Foundation::open(Config config, bool import) {
  crypto::SystemRandom random;
  auto cell_key = open_seal_key(config, random);
  if (!cell_key) return base::pass_on(cell_key);

  auto f = std::make_unique<Foundation>(std::move(config), std::move(*cell_key));
  for (const auto& file : shared_key_files(f->config))
    f->log->warn("others than its owner can read the file of a key: chmod 600 it", {{"file", file}});
  auto opened =
      open_store(f->config, {f->clock, f->random, *f->log, f->keys, f->config.cell_number, import}, f->metrics);
  if (!opened) return base::pass_on(opened);
  f->database = std::move(opened->database);
  if (f->config.in_mesh()) {
    auto confirmed = std::make_unique<store::ConfirmedDatabase>(std::move(f->database));
    f->confirmed = confirmed.get();
    f->database = std::move(confirmed);
  }
  f->standby = opened->standby;
  f->replicas = std::move(opened->replicas);
  if (f->replicas) {
    f->stale_users = std::make_unique<store::Users>(*f->replicas, f->random);
    f->stale_configuration = std::make_unique<store::Configuration>(*f->replicas, f->keys, f->random);
  }

  auto& db = *f->database;
  f->tenants = std::make_unique<store::Tenants>(db, f->keys, f->random);
  f->configuration = std::make_unique<store::Configuration>(db, f->keys, f->random);
  f->signing_keys = std::make_unique<store::SigningKeys>(db);
  f->users = std::make_unique<store::Users>(db, f->random);
  f->sessions = std::make_unique<store::Sessions>(db);
  auto opened_sessions = open_sessions(f->config, db, *f->sessions, f->clock, *f->log);
  if (!opened_sessions) return base::pass_on(opened_sessions);
  f->session_store = std::move(*opened_sessions);
  f->families = std::make_unique<store::RefreshFamilies>(db);
  f->consumptions = std::make_unique<store::Consumptions>(db);
  f->tickets = std::make_unique<store::Tickets>(db);
  f->consents = std::make_unique<store::Consents>(db, f->random);
  f->artifacts = std::make_unique<store::Artifacts>(f->keys, f->random, f->clock, f->config.cell_number);
  f->directory = std::make_unique<identity::TenantDirectory>(
      db, *f->tenants, *f->configuration, f->keys, f->clock,
      identity::TenantDirectory::Options{.base_url = f->config.base_url, .default_tenant = f->config.default_tenant});

  if (auto ready = run_now(prepare(*f)); !ready) return base::pass_on(ready);
  return f;
}

crypto::PasswordHashing Foundation::password_hashing() const {
  crypto::PasswordHashing policy;
  if (config.hash_algorithm == "argon2id") policy.scheme = crypto::PasswordHashing::argon2id;
  policy.bcrypt_cost = static_cast<int>(config.bcrypt_cost);
  return policy;
}

base::awaitable<base::Result<model::Tenant>> find_tenant(Foundation& f, std::string name) {
  if (name.empty()) name = f.config.default_tenant;
  if (!name.empty()) {
    auto tenant = co_await f.tenants->find_by_name(name);
    if (!tenant && tenant.error().code == base::Errc::not_found)
      co_return base::fail(base::Errc::not_found, "no tenant is named " + name + "; see: cardea tenant list");
    co_return tenant;
  }
  auto all = co_await f.tenants->all(1);
  if (!all) co_return base::pass_on(all);
  if (all->empty()) co_return base::fail(base::Errc::not_found, "there is no tenant yet; run: cardea bootstrap");
  co_return all->front();
}

}  // namespace cardea::app
