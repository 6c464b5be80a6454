#include "store/sql/postgres_session.h"

#include <fmt/core.h>
#include <poll.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>

#include "base/percent.h"
#include "store/sql/postgres_backend.h"

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

std::string write_target(const Options& options) {
  std::string out = "postgresql:///?";
  for (const auto& [name, value] : options)
    out += fmt::format("{}{}={}", out.ends_with('?') ? "" : "&", name, base::percent_encode(value));
  return out;
}

// Hands the connection that is open already to SOCI.
class Factory final : public soci::backend_factory {
 public:
  explicit Factory(PostgresHandle handle) : handle_(std::move(handle)) {}
  soci::details::session_backend* make_session(const soci::connection_parameters&) const override {
    return new PostgresBackend(std::move(handle_));
  }

 private:
  mutable PostgresHandle handle_;
};

PostgresHandle open_connection(const std::string& target) {
  PostgresHandle handle(PQconnectdb(target.c_str()));
  if (handle == nullptr) throw std::bad_alloc();
  if (PQstatus(handle.get()) != CONNECTION_OK) throw PostgresError("", PQerrorMessage(handle.get()));
  PQsetNoticeProcessor(handle.get(), [](void*, const char*) {}, nullptr);
  PQsetErrorVerbosity(handle.get(), PQERRORS_TERSE);
  return handle;
}

// With the first words on a connection, which nobody watches: as long as its login may take.
std::chrono::seconds patience_of(PGconn* connection) {
  std::chrono::seconds out{2};
  PQconninfoOption* options = PQconninfo(connection);
  for (const auto* option = options; option != nullptr && option->keyword != nullptr; ++option)
    if (std::string_view(option->keyword) == "connect_timeout" && option->val != nullptr)
      out = std::chrono::seconds{std::clamp(std::atoi(option->val), 2, 60)};
  PQconninfoFree(options);
  return out;
}

class PostgresSession final : public ServerSession {
 public:
  PostgresSession(const std::string& target, const ServerLimits& limits) {
    const Factory factory(open_connection(target));
    session_.open(soci::connection_parameters(factory, ""));
    backend().run_within(
        patience_of(connection()),
        fmt::format("SET statement_timeout = {}; SET lock_timeout = {}; SET idle_in_transaction_session_timeout = {}",
                    limits.statement.count(), limits.lock.count(), 6 * limits.statement.count()));
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
  PostgresBackend& backend() { return static_cast<PostgresBackend&>(*session_.get_backend()); }
  PGconn* connection() { return backend().handle(); }

  soci::session session_;
};

// Servers that speak only the protocol of PostgreSQL may not have it.
bool PostgresSession::listen() {
  try {
    backend().run_within(patience_of(connection()), "LISTEN cardea");
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
  const auto* postgres = dynamic_cast<const PostgresError*>(&error);
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
  std::string reason;
  for (std::size_t begin = 0; begin < message.size() && reason.size() < 300;) {
    const auto end = std::min(message.find('\n', begin), message.size());
    const auto line = std::string_view(message).substr(begin, end - begin);
    if (line.starts_with("DETAIL") || line.starts_with("CONTEXT") || line.starts_with("HINT")) break;
    if (!line.empty() && line.front() != '\t') reason += fmt::format("{}{}", reason.empty() ? "" : " ", line);
    begin = end + 1;
  }
  return state.empty() ? reason : fmt::format("{} (SQLSTATE {})", reason, state);
}

}  // namespace cardea::store
