#include "store/sql/postgres_session.h"

#include <fmt/core.h>
#include <poll.h>
#include <soci/postgresql/soci-postgresql.h>

#include <map>
#include <optional>

#include "base/percent.h"

namespace cardea::store {
namespace {

using Options = std::map<std::string, std::string, std::less<>>;

// What the URL and libpq's own defaults do not say. A peer that has vanished is noticed within ten seconds.
const Options& our_defaults() {
  static const Options defaults = {{"connect_timeout", "2"},       {"client_encoding", "UTF8"},
                                   {"application_name", "cardea"}, {"keepalives_idle", "5"},
                                   {"keepalives_interval", "2"},   {"keepalives_count", "3"},
                                   {"tcp_user_timeout", "10000"}};
  return defaults;
}

// nullopt: libpq cannot read it. Its message would quote the URL.
std::optional<Options> read_url(const std::string& url) {
  char* message = nullptr;
  PQconninfoOption* options = PQconninfoParse(url.c_str(), &message);
  if (message != nullptr) PQfreemem(message);
  if (options == nullptr) return std::nullopt;
  Options out = our_defaults();
  for (const auto* option = options; option->keyword != nullptr; ++option)
    if (option->val != nullptr) out[option->keyword] = option->val;
  PQconninfoFree(options);
  return out;
}

std::string or_else(const Options& options, std::string_view name, std::string_view otherwise) {
  const auto found = options.find(name);
  return found == options.end() || found->second.empty() ? std::string(otherwise) : found->second;
}

// SOCI takes the text apart at blanks and wants a '=' in each part, so everything is in the form of a query.
std::string write_target(const Options& options) {
  std::string out = "postgresql:///?";
  for (const auto& [name, value] : options)
    out += fmt::format("{}{}={}", out.ends_with('?') ? "" : "&", name, base::percent_encode(value));
  return out;
}

class PostgresSession final : public ServerSession {
 public:
  PostgresSession(const std::string& target, const ServerLimits& limits) {
    session_.open(soci::postgresql, target);
    auto* connection = this->connection();
    PQsetNoticeProcessor(connection, [](void*, const char*) {}, nullptr);
    PQsetErrorVerbosity(connection, PQERRORS_TERSE);
    session_ << fmt::format("SET statement_timeout = {}", limits.statement.count());
    session_ << fmt::format("SET lock_timeout = {}", limits.lock.count());
    session_ << fmt::format("SET idle_in_transaction_session_timeout = {}", 6 * limits.statement.count());
  }

  soci::session& soci() override { return session_; }
  Trouble trouble_of(const soci::soci_error& error) override;
  bool can_commit() override { return PQtransactionStatus(connection()) == PQTRANS_INTRANS; }
  int socket() override { return PQsocket(connection()); }
  bool listen() override;
  bool wait_for_news(std::chrono::milliseconds longest) override;
  std::string encoding() {
    const char* name = PQparameterStatus(connection(), "server_encoding");
    return name == nullptr ? "" : name;
  }

 private:
  PGconn* connection() { return static_cast<soci::postgresql_session_backend&>(*session_.get_backend()).conn_; }

  soci::session session_;
};

// Servers that speak only the protocol of PostgreSQL may not have it.
bool PostgresSession::listen() {
  try {
    session_ << "LISTEN cardea";
    return true;
  } catch (const soci::soci_error&) {
    if (PQstatus(connection()) != CONNECTION_OK) throw;
    return false;
  }
}

bool PostgresSession::wait_for_news(std::chrono::milliseconds longest) {
  pollfd waiting{.fd = PQsocket(connection()), .events = POLLIN, .revents = 0};
  if (::poll(&waiting, 1, static_cast<int>(longest.count())) <= 0) return false;
  if (PQconsumeInput(connection()) == 0) throw soci::soci_error("the connection is lost");
  bool any = false;
  while (auto* notice = PQnotifies(connection())) {
    PQfreemem(notice);
    any = true;
  }
  return any;
}

std::string sqlstate_of(const soci::soci_error& error) {
  const auto* postgres = dynamic_cast<const soci::postgresql_soci_error*>(&error);
  return postgres == nullptr ? "" : postgres->sqlstate();
}

Trouble PostgresSession::trouble_of(const soci::soci_error& error) {
  using enum Trouble::Kind;
  const std::string state = sqlstate_of(error), reason = postgres_reason(error);
  const base::Error unavailable{base::Errc::unavailable, reason};
  // 25006: it takes no writes any more, so another one does: who connects anew finds it by target_session_attrs.
  if (PQstatus(connection()) != CONNECTION_OK || state.starts_with("08") || state.starts_with("57P") ||
      state == "25006")
    return {lost, unavailable};
  if (state == "40001" || state == "40P01") return {again, unavailable};
  if (state == "23505") return {duplicate, {base::Errc::conflict, reason}};
  // A text that is not UTF-8, or a key that is too long for an index.
  if (state == "22021" || state == "22P05" || state == "54000") return {other, {base::Errc::invalid, reason}};
  return {other, unavailable};
}

}  // namespace

base::Result<std::unique_ptr<ServerEngine>> PostgresEngine::parse(std::string_view url, const ServerLimits& limits) {
  constexpr std::string_view kForm = "store.url: not of the form postgresql://user:password@host:port/database";
  if (!url.starts_with("postgresql://") && !url.starts_with("postgres://"))
    return base::fail(base::Errc::invalid, std::string(kForm));
  if (url.find('\0') != std::string_view::npos) return base::fail(base::Errc::invalid, std::string(kForm));
  const auto options = read_url(std::string(url));
  if (!options) return base::fail(base::Errc::invalid, std::string(kForm));
  auto port = or_else(*options, "port", "5432");
  if (port.find_first_not_of(',') == std::string::npos) port = "5432";  // of several hosts
  auto place = fmt::format("{}:{}/{}", or_else(*options, "host", "localhost"), port,
                           or_else(*options, "dbname", or_else(*options, "user", "")));
  return std::make_unique<PostgresEngine>(write_target(*options), std::move(place), limits);
}

base::Result<std::unique_ptr<ServerSession>> PostgresEngine::connect() const {
  try {
    auto session = std::make_unique<PostgresSession>(target_, limits_);
    if (session->encoding() != "UTF8")
      return base::fail(base::Errc::invalid, "the database must have the encoding UTF8, not " + session->encoding());
    return session;
  } catch (const soci::soci_error& error) {
    return base::fail(base::Errc::unavailable, postgres_reason(error));
  }
}

std::string postgres_reason(const soci::soci_error& error) {
  const std::string message = error.get_error_message();
  const std::string state = sqlstate_of(error);
  // SOCI puts a sentence of its own in front; a failed connection has its cause in the second line.
  std::string reason;
  for (std::size_t begin = 0; begin < message.size() && reason.size() < 300;) {
    const auto end = std::min(message.find('\n', begin), message.size());
    const auto line = std::string_view(message).substr(begin, end - begin);
    if (line.starts_with("DETAIL") || line.starts_with("CONTEXT") || line.starts_with("HINT")) break;
    if (!line.empty() && line.front() != '\t') reason += fmt::format("{}{}", reason.empty() ? "" : " ", line);
    begin = end + 1;
  }
  const bool known = !state.empty() && state.front() > ' ';
  return known ? fmt::format("{} (SQLSTATE {})", reason, state) : reason;
}

}  // namespace cardea::store
