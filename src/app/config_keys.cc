#include "app/config_keys.h"

#include <charconv>
#include <limits>
#include <optional>

#include "base/base64.h"
#include "base/url.h"
#include "http/cidr.h"
#include "http/egress.h"
#include "store/redis/redis_url.h"
#include "store/sql/open_server.h"

namespace cardea::app {
namespace {

using Setter = std::function<std::string(Config&, const std::vector<std::string>&)>;

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Wraps a setter of one value.
template <class F>
Setter one(F f) {
  return [f](Config& config, const std::vector<std::string>& values) -> std::string {
    if (values.size() != 1) return "one value expected";
    return f(config, values.front());
  };
}

Setter text(std::string Config::* member) {
  return one([member](Config& config, const std::string& value) -> std::string {
    config.*member = value;
    return {};
  });
}

// `parse` is what the values will be read by.
template <class Parse>
Setter list(std::vector<std::string> Config::* member, Parse parse) {
  return [member, parse](Config& config, const std::vector<std::string>& values) -> std::string {
    if (const auto parsed = parse(values); !parsed) return parsed.error().reason;
    config.*member = values;
    return {};
  };
}

Setter flag(bool Config::* member) {
  return one([member](Config& config, const std::string& value) -> std::string {
    if (value != "true" && value != "false") return "true or false expected";
    config.*member = value == "true";
    return {};
  });
}

template <class Number>
Setter count(Number Config::* member, Number least, Number most) {
  return one([=](Config& config, const std::string& value) -> std::string {
    const auto parsed = number<Number>(value);
    if (!parsed || *parsed < least || *parsed > most)
      return "a number from " + std::to_string(least) + " to " + std::to_string(most) + " expected";
    config.*member = *parsed;
    return {};
  });
}

Setter address(ListenAddress Config::* member) {
  return one([member](Config& config, const std::string& value) -> std::string {
    auto& out = config.*member;
    if (value.empty() || value == "off") {
      out = {};
      return {};
    }
    const auto colon = value.rfind(':');
    const auto port_text = colon == std::string::npos ? value : value.substr(colon + 1);
    const auto port = number<std::uint16_t>(port_text);
    std::string host = colon == std::string::npos ? "" : value.substr(0, colon);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    if (!port || host.find_first_of(bracketed ? "[] " : "[]: ") != std::string::npos)
      return "HOST:PORT expected, for example \"127.0.0.1:8080\" or \"[::]:8443\"";
    if (host == "localhost") host = "127.0.0.1";
    if (host == "*") host.clear();
    out = {host, *port, true};
    return {};
  });
}

template <class Enum>
Setter choice(Enum Config::* member, std::vector<std::pair<std::string, Enum>> choices) {
  return one([=](Config& config, const std::string& value) -> std::string {
    std::string names;
    for (const auto& [name, meaning] : choices) {
      if (name == value) {
        config.*member = meaning;
        return {};
      }
      names += (names.empty() ? "" : ", ") + name;
    }
    return "one of " + names + " expected";
  });
}

std::string set_base_url(Config& config, std::string value) {
  while (value.ends_with('/')) value.pop_back();
  const auto url = base::Url::parse(value);
  if (!url || !url->is_http() || !url->path.empty() || url->query || url->fragment || !url->user_info.empty())
    return "an address such as \"https://login.example.com\" expected, without path";
  config.base_url = value;
  return {};
}

Setter store_url(std::string Config::* member) {
  return one([member](Config& config, const std::string& value) -> std::string {
    for (const std::string_view scheme : {"sqlite:", "postgresql://", "postgres://", "mysql://"}) {
      if (!value.starts_with(scheme) || value.size() == scheme.size()) continue;
      config.*member = value;
      return {};
    }
    return "\"sqlite:FILE\", \"postgresql://…\" or \"mysql://…\" expected";
  });
}

std::string set_session_store(Config& config, const std::string& value) {
  if (value == "database")
    config.session_store = SessionStore::database;
  else if (value == "jwt")
    config.session_store = SessionStore::jwt;
  else if (const auto url = store::RedisUrl::parse(value); url)
    config.session_store = SessionStore::redis;
  else
    return value.starts_with("redis") ? url.error().reason : "\"database\", \"jwt\" or \"redis://…\" expected";
  config.session_store_url = value;
  return {};
}

Setter key(std::string Config::* member) {
  return one([member](Config& config, const std::string& value) -> std::string {
    const auto bytes = base::base64_decode(value);
    if (!bytes || bytes->size() != 32) return "32 bytes in base64 expected; make one with: openssl rand -base64 32";
    config.*member = value;
    return {};
  });
}

std::string set_tenant_name(Config& config, const std::string& value) {
  config.default_tenant = value;
  return {};
}

const std::vector<std::pair<std::string, base::LogLevel>> kLevels = {{"debug", base::LogLevel::debug},
                                                                     {"info", base::LogLevel::info},
                                                                     {"warn", base::LogLevel::warn},
                                                                     {"error", base::LogLevel::error}};

}  // namespace

const std::vector<ConfigKey>& config_keys() {
  static const std::vector<ConfigKey> keys = {
      {"listen.http", "\"127.0.0.1:8080\"", "plain HTTP; hosts that are not loopback are sent to HTTPS", false,
       address(&Config::http)},
      {"listen.https", "\"0.0.0.0:8443\"", "HTTPS", false, address(&Config::https)},
      {"listen.mesh", "\"0.0.0.0:8444\"", "for the other cells", false, address(&Config::mesh)},
      {"listen.metrics", "\"127.0.0.1:9464\"", "Prometheus /metrics", false, address(&Config::metrics)},
      {"tls.certificate", "\"/etc/cardea/tls.crt\"", "PEM chain, leaf first", false, text(&Config::tls_certificate)},
      {"tls.key", "\"/etc/cardea/tls.key\"", "PEM private key", false, text(&Config::tls_key)},
      {"public.base_url", "\"https://login.example.com\"",
       "how browsers reach the default tenant; the issuer derives from it", false, one(set_base_url)},
      {"public.default_tenant", "\"main\"", "the tenant at the host of base_url; default: the first one", false,
       one(set_tenant_name)},
      {"store.url", "\"sqlite:/var/lib/cardea/cardea.db\"", "the database of this cell", true,
       store_url(&Config::store_url)},
      {"store.side_url", "\"postgresql://cardea:…@127.0.0.1/cardea_side\"",
       "of a standby: where it writes what logins need while store.url is a replica", true,
       store_url(&Config::side_url)},
      {"store.replicas", "[\"postgresql://cardea:…@replica-1/cardea\"]",
       "replicas of store.url for reads of the Management API that may be some seconds old", true,
       [](Config& config, const std::vector<std::string>& values) -> std::string {
         for (const auto& value : values)
           if (!store::is_server_url(value)) return "\"postgresql://…\" or \"mysql://…\" expected";
         config.replica_urls = values;
         return {};
       }},
      {"store.queue", "4096", "writes that may wait for the database before 503", false,
       count<std::size_t>(&Config::store_queue, 1, 1'000'000)},
      {"store.connections", "8", "connections of this node to a database server, each with a thread", false,
       count<std::size_t>(&Config::store_connections, 1, 256)},
      {"store.bootstrap_from", "\"s3://backups/cardea?region=eu-central-1\"",
       "where an empty database is filled from when serve or bootstrap opens it: the newest backup there", false,
       text(&Config::bootstrap_from)},
      {"store.slow_ms", "500", "a statement that takes longer is logged, without values; 0 = none", false,
       count<std::uint32_t>(&Config::store_slow_ms, 0, 3'600'000)},
      {"sessions.store", "\"database\"", "where login sessions live: database, jwt or redis://…", true,
       one(set_session_store)},
      {"cell.id", "\"cell-1\"", "name of the cell", false, text(&Config::cell_id)},
      {"cell.number", "1", "number of the cell, unique among all cells for ever", false,
       count<std::uint16_t>(&Config::cell_number, 1, 65535)},
      {"cell.region", "\"eu-north\"", "region that the cell is in", false, text(&Config::cell_region)},
      {"cell.provider", "\"local\"", "cloud provider that the cell is at", false, text(&Config::cell_provider)},
      {"cell.zone", "\"a\"", "availability zone of this node", false, text(&Config::cell_zone)},
      {"cell.role", "\"primary\"",
       "standby: store.url is a replica of another cell's database, and this cell signs people in beside it", false,
       choice<CellRole>(&Config::cell_role, {{"primary", CellRole::primary}, {"standby", CellRole::standby}})},
      {"topology.file", "\"/etc/cardea/topology.toml\"", "the regions and cells of the deployment", false,
       text(&Config::topology_file)},
      {"mesh.authority", "\"/etc/cardea/mesh/authority.crt\"",
       "authority that the certificates of all cells are of (PEM)", false, text(&Config::mesh_authority)},
      {"mesh.certificate", "\"/etc/cardea/mesh/cell-1.crt\"", "this cell's certificate in the mesh (PEM)", false,
       text(&Config::mesh_certificate)},
      {"mesh.key", "\"/etc/cardea/mesh/cell-1.key\"", "its key (PEM)", false, text(&Config::mesh_key)},
      {"mesh.compare_critical_minutes", "10",
       "how often users, passwords, revocations and keys are compared with each peer", false,
       count<std::uint32_t>(&Config::mesh_compare_critical_minutes, 1, 10'080)},
      {"mesh.compare_others_hours", "24", "how often everything else is", false,
       count<std::uint32_t>(&Config::mesh_compare_others_hours, 1, 8784)},
      {"control.mode", "\"static\"", "who decides on failover: static (operators) or etcd", false,
       choice<ControlMode>(&Config::control, {{"static", ControlMode::static_control}, {"etcd", ControlMode::etcd}})},
      {"replication.acknowledge", "\"semi-sync\"",
       "when a critical write is answered: async (in its cell), semi-sync (other cells have it too), sync (all have "
       "it)",
       false,
       choice<AcknowledgeMode>(&Config::acknowledge, {{"async", AcknowledgeMode::async},
                                                      {"semi-sync", AcknowledgeMode::semi_sync},
                                                      {"sync", AcknowledgeMode::sync}})},
      {"replication.confirmations", "1", "other cells that must have it for semi-sync", false,
       count<std::uint32_t>(&Config::confirmations, 1, 100)},
      {"replication.confirm_ms", "1000", "how long they are waited for", false,
       count<std::uint32_t>(&Config::confirm_ms, 1, 25'000)},
      {"replication.unconfirmed", "\"by-change\"",
       "what becomes of a write that they do not confirm in time: refuse (503), degrade (answered all the same), "
       "by-change "
       "(refused when it changes what was there, as a revocation does)",
       false,
       choice<UnconfirmedMode>(&Config::unconfirmed, {{"by-change", UnconfirmedMode::by_change},
                                                      {"refuse", UnconfirmedMode::refuse},
                                                      {"degrade", UnconfirmedMode::degrade}})},
      {"mail.smtp_url", "\"smtps://user:password@mail.example.com:465\"",
       "mail server; without it mails land in mail.folder", true, text(&Config::smtp_url)},
      {"mail.folder", "\"/var/lib/cardea/mail\"", "where mails land without a mail server", false,
       text(&Config::mail_folder)},
      {"mail.from", "\"Example <login@example.com>\"", "sender of mails", false, text(&Config::mail_from)},
      {"seal.key", "\"…\"", "32 bytes in base64 that seal every secret at rest", true, key(&Config::seal_key)},
      {"seal.key_file", "\"/etc/cardea/seal.key\"",
       "a file with seal.key; generated beside a SQLite file when neither is given", false,
       text(&Config::seal_key_file)},
      {"backup.target", "\"file:/var/backups/cardea\"", "where backups go: a folder, a file, or s3://bucket/prefix?…",
       false, text(&Config::backup_target)},
      {"backup.keep", "14", "so many backups stay, older ones are removed after the next; 0 = all stay", false,
       count<std::uint32_t>(&Config::backup_keep, 0, 100'000)},
      {"backup.every_hours", "0", "how often serve makes a backup by itself; 0 = never", false,
       count<std::uint32_t>(&Config::backup_every_hours, 0, 8784)},
      {"backup.max_age_days", "30",
       "no backup older than this is ever restored into a cell of a mesh; deletions are remembered as long", false,
       count<std::uint32_t>(&Config::backup_max_age_days, 1, 3650)},
      {"backup.spool_folder", "\"/var/tmp\"",
       "where a backup, sealed, lies until all of it is read, before it goes to S3; \"\" = it goes there while it is "
       "read",
       false, text(&Config::backup_spool_folder)},
      {"backup.key", "\"…\"", "32 bytes in base64 that seal backups; else they are sealed by seal.key", true,
       key(&Config::backup_key)},
      {"backup.key_file", "\"/etc/cardea/backup.key\"", "a file with backup.key", false,
       text(&Config::backup_key_file)},
      {"backup.s3_access_key", "\"…\"", "for s3:// targets", true, text(&Config::s3_access_key)},
      {"backup.s3_secret_key", "\"…\"", "for s3:// targets", true, text(&Config::s3_secret_key)},
      {"backup.s3_ca_file", "\"/etc/cardea/ca.pem\"", "certificates that S3 calls trust (PEM); else the system's",
       false, text(&Config::s3_ca_file)},
      {"limits.enabled", "true", "rate limits and brute-force protection", false, flag(&Config::limits_enabled)},
      {"egress.allow", "[\"10.1.2.0/24\", \"hooks.internal:443\"]",
       "private addresses that calls to addresses given by tenants may reach", false,
       list(&Config::egress_allow, http::EgressGuard::parse)},
      {"egress.ca_file", "\"/etc/cardea/ca.pem\"", "certificates that such calls trust (PEM); else the system's", false,
       text(&Config::egress_ca_file)},
      {"server.threads", "0", "event loops; 0 = one per core", false, count<std::uint32_t>(&Config::threads, 0, 256)},
      {"server.trusted_proxies", "[\"10.0.0.0/8\"]", "networks whose forwarded headers count", false,
       list(&Config::trusted_proxies, http::parse_cidrs)},
      {"server.proxy_protocol", "false", "trusted proxies speak the PROXY protocol v2", false,
       flag(&Config::proxy_protocol)},
      {"server.drain_seconds", "20", "how long open requests may take after SIGTERM", false,
       count<std::uint32_t>(&Config::drain_seconds, 0, 3600)},
      {"log.level", "\"info\"", "debug, info, warn or error", false,
       choice<base::LogLevel>(&Config::log_level, kLevels)},
      {"log.access", "true", "one line per request", false, flag(&Config::access_log)},
      {"log.events_days", "30", "how long the tenants' logs are kept; 0 = for ever", false,
       count<std::uint32_t>(&Config::events_days, 0, 36500)},
      {"hash.algorithm", "\"bcrypt\"", "for new passwords: bcrypt or argon2id", false,
       one([](Config& config, const std::string& value) -> std::string {
         if (value != "bcrypt" && value != "argon2id") return "bcrypt or argon2id expected";
         config.hash_algorithm = value;
         return {};
       })},
      {"hash.bcrypt_cost", "10", "log2 of the rounds", false, count<std::uint32_t>(&Config::bcrypt_cost, 4, 18)},
      {"hash.threads", "0", "threads that hash passwords; 0 = one per core", false,
       count<std::uint32_t>(&Config::hash_threads, 0, 256)},
      {"hash.queue", "512", "passwords that may wait before 503", false,
       count<std::uint32_t>(&Config::hash_queue, 1, 1'000'000)},
  };
  return keys;
}

}  // namespace cardea::app
