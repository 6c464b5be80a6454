#pragma once

#include <memory>
#include <string>

#include "app/config.h"
#include "app/open_sessions.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/result.h"
#include "crypto/hash_pool.h"
#include "crypto/system_random.h"
#include "identity/tenant_directory.h"
#include "store/artifact.h"
#include "store/configuration.h"
#include "store/confirmed_database.h"
#include "store/database.h"
#include "store/one_time.h"
#include "store/refresh_families.h"
#include "store/replicas/replica_reads.h"
#include "store/sessions.h"
#include "store/standby/standby_database.h"
#include "store/tenants.h"
#include "store/users.h"

namespace cardea::app {

// What every command stands on: time, randomness, log, the opened and migrated database and the stores over it.
// Members are in the order of their dependencies.
struct Foundation {
  // invalid: a wrong setting. unavailable: the database cannot be opened.
  // `import`: as in store::Surroundings.
  static base::Result<std::unique_ptr<Foundation>> open(Config config, bool import = false);

  explicit Foundation(Config c, crypto::SealKey cell_key);

  Config config;
  base::SystemClock clock;
  crypto::SystemRandom random;
  std::unique_ptr<base::Log> log;
  base::Metrics metrics;
  store::TenantKeys keys;
  std::unique_ptr<store::Database> database;
  store::StandbyDatabase* standby = nullptr;      // `database`, when this cell is a standby
  store::ConfirmedDatabase* confirmed = nullptr;  // `database`, when this cell is one of several
  std::unique_ptr<store::ReplicaReads> replicas;  // of `database`; nullptr without any
  std::unique_ptr<store::Users> stale_users;      // over them, as the next one
  std::unique_ptr<store::Configuration> stale_configuration;
  std::unique_ptr<store::Tenants> tenants;
  std::unique_ptr<store::Configuration> configuration;
  std::unique_ptr<store::SigningKeys> signing_keys;
  std::unique_ptr<store::Users> users;
  std::unique_ptr<store::Sessions> sessions;
  OpenedSessions session_store;
  std::unique_ptr<store::RefreshFamilies> families;
  std::unique_ptr<store::Consumptions> consumptions;
  std::unique_ptr<store::Tickets> tickets;
  std::unique_ptr<store::Consents> consents;
  std::unique_ptr<store::Artifacts> artifacts;
  std::unique_ptr<identity::TenantDirectory> directory;

  crypto::PasswordHashing password_hashing() const;
  // The database without those that stand before it; its writes wait for no other cell.
  store::Database& own_store() { return confirmed != nullptr ? confirmed->own() : *database; }
};

// By name; "" = the configured one, else the first. not_found: says what there is to do.
base::awaitable<base::Result<model::Tenant>> find_tenant(Foundation& foundation, std::string name);

}  // namespace cardea::app
