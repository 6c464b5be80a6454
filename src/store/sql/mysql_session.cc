#include "store/sql/mysql_session.h"

#include <errmsg.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "store/sql/dialect.h"
#include "store/sql/mysql_backend.h"

namespace cardea::store {
namespace {

constexpr unsigned kUnknownVariable = 1193;

// What a body takes of a document, and a document of a row, goes through in one packet.
constexpr long long kLeastPacket = 16LL * 1024 * 1024;

// Ways to prove who we are that keep the password from a server that only claims to be ours.
constexpr const char* kLogins = "mysql_native_password,client_ed25519,caching_sha2_password,sha256_password";

bool is_one_of(unsigned code, std::initializer_list<unsigned> codes) {
  return std::ranges::find(codes, code) != codes.end();
}

const char* or_null(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

// Hands the connection that is open already to SOCI.
class Factory final : public soci::backend_factory {
 public:
  explicit Factory(MysqlHandle handle) : handle_(std::move(handle)) {}
  soci::details::session_backend* make_session(const soci::connection_parameters&) const override {
    return new MysqlBackend(std::move(handle_));
  }

 private:
  mutable MysqlHandle handle_;
};

class MysqlSession final : public ServerSession {
 public:
  explicit MysqlSession(MysqlHandle handle) {
    const Factory factory(std::move(handle));
    session_.open(soci::connection_parameters(factory, ""));
  }

  soci::session& soci() override { return session_; }
  Trouble trouble_of(const soci::soci_error& error) override;
  bool can_commit() override { return backend().can_commit(); }
  int socket() override { return static_cast<int>(mysql_get_socket(backend().handle())); }

  void set_up(const ServerLimits& limits);
  bool takes_writes() const { return takes_writes_; }

 private:
  MysqlBackend& backend() { return static_cast<MysqlBackend&>(*session_.get_backend()); }
  // Of a variable that not every server has.
  void set_if_known(const std::string& setting);

  soci::session session_;
  bool takes_writes_ = true;
};

void MysqlSession::set_if_known(const std::string& setting) {
  try {
    session_ << "SET SESSION " + setting;
  } catch (const MysqlError& error) {
    if (error.code() != kUnknownVariable) throw;
  }
}

void MysqlSession::set_up(const ServerLimits& limits) {
  const auto seconds = [](base::Duration duration) {
    return std::max<long long>(1, std::chrono::ceil<std::chrono::seconds>(duration).count());
  };
  session_ << fmt::format(
      "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', autocommit = 1, "
      "default_storage_engine = InnoDB, innodb_lock_wait_timeout = {}, lock_wait_timeout = {}",
      seconds(limits.lock), seconds(6 * limits.statement));
  session_ << "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";
  set_if_known(fmt::format("max_statement_time = {}", seconds(limits.statement)));         // MariaDB
  set_if_known(fmt::format("max_execution_time = {}", 1000 * seconds(limits.statement)));  // MySQL
  // On Galera: what another node of the cell has committed at another server is there.
  set_if_known("wsrep_sync_wait = 1");
  int read_only = 0;
  long long packet = 0;
  session_ << std::string(dialect_of(session_).refuses_writes), soci::into(read_only);
  session_ << "SELECT @@max_allowed_packet", soci::into(packet);
  takes_writes_ = read_only == 0;
  if (packet < kLeastPacket) throw std::invalid_argument("the server's max_allowed_packet must be 16M or more");
}

Trouble MysqlSession::trouble_of(const soci::soci_error& error) {
  using enum Trouble::Kind;
  const auto* failure = dynamic_cast<const MysqlError*>(&error);
  const base::Error unavailable{base::Errc::unavailable, mysql_reason(error)};
  if (failure == nullptr) return {other, unavailable};
  const unsigned code = failure->code();
  // Of the client library; and: Galera's node is not part of the cluster, shutdown, the connection was killed.
  if ((code >= CR_MIN_ERROR && code < 3000) || is_one_of(code, {1047, 1053, 1152, 1158, 1159, 1160, 1161, 1927, 4031}))
    return {lost, unavailable};
  // It takes no writes any more, so another one does: who connects anew looks for it.
  if (is_one_of(code, {1290, 1792, 1836})) return {lost, unavailable};
  if (code == 1213) return {again, unavailable};
  if (is_one_of(code, {1062, 1586})) return {duplicate, {base::Errc::conflict, unavailable.reason}};
  // Too long, or not UTF-8.
  if (is_one_of(code, {1153, 1300, 1366, 1406, 1977, 3988})) return {other, {base::Errc::invalid, unavailable.reason}};
  return {other, unavailable};
}

void set(MYSQL* handle, mysql_option option, unsigned value) { mysql_optionsv(handle, option, &value); }
void set(MYSQL* handle, mysql_option option, bool value) {
  const my_bool flag = value ? 1 : 0;
  mysql_optionsv(handle, option, &flag);
}

void set_options(MYSQL* handle, const MysqlTarget& target, const ServerLimits& limits) {
  // The Watchdog comes first where there is one.
  const auto patience = std::chrono::ceil<std::chrono::seconds>(limits.statement).count() + 4;
  set(handle, MYSQL_OPT_CONNECT_TIMEOUT, target.connect_timeout);
  set(handle, MYSQL_OPT_READ_TIMEOUT, static_cast<unsigned>(patience));
  set(handle, MYSQL_OPT_WRITE_TIMEOUT, static_cast<unsigned>(patience));
  set(handle, MYSQL_OPT_LOCAL_INFILE, 0U);  // the server may not ask for our files
  set(handle, MYSQL_OPT_PROTOCOL,
      static_cast<unsigned>(target.socket.empty() ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET));
  mysql_optionsv(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  mysql_optionsv(handle, MARIADB_OPT_RESTRICTED_AUTH, kLogins);
  if (target.tls == MysqlTls::disabled) return;
  mysql_ssl_set(handle, or_null(target.key), or_null(target.certificate), or_null(target.ca), nullptr, nullptr);
  set(handle, MYSQL_OPT_SSL_ENFORCE, true);  // to the library: when the server offers it
  set(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, target.tls == MysqlTls::verify_identity);
}

// As libpq does: a peer that has vanished is noticed within ten seconds.
void watch_peer(MYSQL* handle) {
  const int socket = static_cast<int>(mysql_get_socket(handle));
  const auto set = [socket](int level, int name, int value) {
    ::setsockopt(socket, level, name, &value, sizeof(value));  // not on a socket that is a file
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 5);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 2);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, 10'000);
}

// What a version lacks is SKIP LOCKED.
bool is_new_enough(MYSQL* handle) {
  return mysql_get_server_version(handle) >= (mariadb_connection(handle) ? 100600UL : 80001UL);
}

std::unexpected<base::Error> unreachable(std::string reason) {
  return base::fail(base::Errc::unavailable, std::move(reason));
}

base::Result<std::unique_ptr<MysqlSession>> connect_to(const MysqlTarget::Host& host, const MysqlTarget& target,
                                                       const ServerLimits& limits) {
  MysqlHandle handle(mysql_init(nullptr));
  if (handle == nullptr) throw std::bad_alloc();
  set_options(handle.get(), target, limits);
  if (mysql_real_connect(handle.get(), target.socket.empty() ? host.name.c_str() : nullptr, target.user.c_str(),
                         target.password.c_str(), target.database.c_str(), host.port, or_null(target.socket),
                         CLIENT_FOUND_ROWS) == nullptr)
    return unreachable(fmt::format("{} (error {})", mysql_error(handle.get()), mysql_errno(handle.get())));
  watch_peer(handle.get());
  if (target.tls >= MysqlTls::required && target.socket.empty() && mysql_get_ssl_cipher(handle.get()) == nullptr)
    return unreachable("the server does not offer TLS, which ssl-mode requires");
  if (!is_new_enough(handle.get()))
    return base::fail(base::Errc::invalid, fmt::format("the server is too old ({}): MariaDB 10.6 or MySQL 8.0.1 is "
                                                       "needed",
                                                       mysql_get_server_info(handle.get())));
  try {
    auto session = std::make_unique<MysqlSession>(std::move(handle));
    session->set_up(limits);
    return session;
  } catch (const soci::soci_error& error) {
    return unreachable(mysql_reason(error));
  } catch (const std::invalid_argument& error) {
    return base::fail(base::Errc::invalid, error.what());
  }
}

}  // namespace

base::Result<std::unique_ptr<ServerEngine>> MysqlEngine::parse(std::string_view url, const ServerLimits& limits) {
  auto target = parse_mysql_url(url);
  if (!target) return base::pass_on(target);
  return std::make_unique<MysqlEngine>(std::move(*target), limits);
}

base::Result<std::unique_ptr<ServerSession>> MysqlEngine::connect() const {
  base::Result<std::unique_ptr<ServerSession>> out = base::fail(base::Errc::unavailable, "no host");
  const std::size_t first = last_.load(std::memory_order_relaxed), count = target_.hosts.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t host = (first + i) % count;
    auto session = connect_to(target_.hosts[host], target_, limits_);
    if (!session) {
      if (!out) out = base::pass_on(session);
      continue;
    }
    const bool takes_writes = (*session)->takes_writes();
    if (takes_writes || !out) {
      out = std::move(*session);
      last_.store(host, std::memory_order_relaxed);
    }
    if (takes_writes) break;
  }
  return out;
}

std::string mysql_reason(const soci::soci_error& error) {
  std::string message = error.get_error_message();
  // A value may hold quotes itself.
  if (const auto begin = message.find('\''), end = message.rfind('\''); begin != std::string::npos)
    message.replace(begin, end == begin ? std::string::npos : end - begin + 1, "'…'");
  message = message.substr(0, message.find('\n'));
  const auto* failure = dynamic_cast<const MysqlError*>(&error);
  return failure == nullptr ? message
                            : fmt::format("{} (error {}, SQLSTATE {})", message, failure->code(), failure->sqlstate());
}

}  // namespace cardea::store
