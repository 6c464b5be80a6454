#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "crypto/password_hash.h"

namespace cardea::app {

// Where a socket listens. An empty host means all addresses.
struct ListenAddress {
  std::string host;
  std::uint16_t port = 0;
  bool on = false;
};

enum class CellRole { primary, standby };
enum class SessionStore { jwt, database, redis };
enum class ControlMode { static_control, etcd };
enum class AcknowledgeMode { async, semi_sync, sync };
enum class UnconfirmedMode { by_change, refuse, degrade };

// Every setting, with its default. docs/guide/configuration.md is written from the table in config_keys.cc.
struct Config {
  ListenAddress http, https, mesh, metrics;
  std::string tls_certificate, tls_key;
  std::string base_url;  // without trailing slash
  std::string store_url;
  std::string side_url;                   // of a standby
  std::vector<std::string> replica_urls;  // of store_url, for reads that may be old
  std::size_t store_queue = 4096;
  std::size_t store_connections = 8;
  std::string bootstrap_from;
  std::uint32_t store_slow_ms = 500;  // 0: nothing is slow

  SessionStore session_store = SessionStore::database;
  std::string session_store_url;

  std::string cell_id = "cell-1";
  std::uint16_t cell_number = 1;
  std::string cell_region = "local", cell_provider = "local", cell_zone = "a";
  CellRole cell_role = CellRole::primary;
  std::string topology_file;
  std::string mesh_authority, mesh_certificate, mesh_key;  // PEM files
  std::uint32_t mesh_compare_critical_minutes = 10;
  std::uint32_t mesh_compare_others_hours = 24;
  ControlMode control = ControlMode::static_control;
  AcknowledgeMode acknowledge = AcknowledgeMode::semi_sync;
  UnconfirmedMode unconfirmed = UnconfirmedMode::by_change;
  std::uint32_t confirmations = 1;   // of other cells, for semi_sync
  std::uint32_t confirm_ms = 1'000;  // how long they are waited for
  bool in_mesh() const { return !topology_file.empty(); }

  std::string smtp_url, mail_folder, mail_from = "Cardea <no-reply@localhost>";
  std::string seal_key, seal_key_file;
  std::string backup_target, backup_key, backup_key_file;
  std::string backup_spool_folder = "/var/tmp";  // empty: backups are sent while they are read
  std::string s3_access_key, s3_secret_key, s3_ca_file;
  std::uint32_t backup_keep = 0;         // 0 = all
  std::uint32_t backup_every_hours = 0;  // 0 = never
  std::uint32_t backup_max_age_days = 30;
  bool limits_enabled = true;
  std::vector<std::string> egress_allow;
  std::string egress_ca_file;

  std::uint32_t threads = 0;  // 0 = one per core
  std::vector<std::string> trusted_proxies;
  bool proxy_protocol = false;
  std::uint32_t drain_seconds = 20;
  std::uint32_t events_days = 30;  // 0 = for ever
  bool access_log = true;
  base::LogLevel log_level = base::LogLevel::info;

  std::string hash_algorithm = "bcrypt";
  std::uint32_t bcrypt_cost = 10;
  std::uint32_t hash_threads = 0;  // 0 = one per core
  std::uint32_t hash_queue = 512;

  std::string default_tenant;
};

// A wrong setting at start: `main` prints it and exits with 2.
struct ConfigError {
  std::string where;  // "cardea.toml:12", "environment CARDEA_LISTEN__HTTP"
  std::string what;
  std::string fix;  // "did you mean listen.https?"

  std::string to_string() const;
};

// Reads the file ("" = none), then the environment (CARDEA_SECTION__KEY; CARDEA_SECTION__KEY_FILE for secrets), which
// wins. `environment` is NULL-terminated "NAME=value" strings, as main() gets them.
base::Result<Config, ConfigError> load_config(const std::string& file, const char* const* environment);

// The example configuration with every key, its default and its meaning, as TOML.
std::string describe_config();

}  // namespace cardea::app
