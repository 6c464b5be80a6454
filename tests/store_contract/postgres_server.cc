#include "tests/store_contract/postgres_server.h"

#include <libpq-fe.h>

#include <algorithm>
#include <csignal>
#include <memory>

namespace cardea::store {
namespace {

using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using Outcome = std::unique_ptr<PGresult, decltype(&PQclear)>;

// Of the newest one that Debian keeps; empty: there is none.
std::filesystem::path programs() {
  std::vector<std::filesystem::path> found;
  std::error_code ignored;
  for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", ignored))
    if (std::filesystem::exists(version.path() / "bin" / "initdb")) found.push_back(version.path() / "bin");
  return found.empty() ? std::filesystem::path{} : *std::ranges::max_element(found);
}

}  // namespace

PostgresServer::PostgresServer() : TestServer("postgres") {
  run({programs() / "initdb", "-A", "trust", "-N", "-U", "cardea", "-E", "UTF8", "--no-locale", "-D", data_});
  start();
}

PostgresServer& PostgresServer::shared() {
  static PostgresServer server;
  return server;
}

ServerKind PostgresServer::kind() {
  return {"postgres", []() -> TestServer& { return shared(); }, [] { return std::make_unique<PostgresServer>(); }};
}

std::vector<std::string> PostgresServer::command() const {
  return {programs() / "postgres",
          "-D",
          data_,
          "-k",
          folder(),
          "-p",
          std::to_string(port()),
          "-c",
          "listen_addresses=127.0.0.1",
          "-c",
          "fsync=off",
          "-c",
          "max_connections=60",
          "-c",
          "shared_buffers=16MB",
          "-c",
          "autovacuum=off",
          "-c",
          "deadlock_timeout=100ms"};
}

bool PostgresServer::answers() const {
  const auto target = "host=127.0.0.1 user=cardea dbname=postgres connect_timeout=2 port=" + std::to_string(port());
  return ::PQping(target.c_str()) == PQPING_OK;
}

std::string PostgresServer::url(const std::string& name) {
  const auto schema = database_name(name);
  const auto base = "postgresql://cardea:pa55%20w0rd@127.0.0.1:" + std::to_string(port()) + "/postgres";
  by_hand(base, "CREATE SCHEMA IF NOT EXISTS \"" + schema + "\"");
  return base + "?options=-csearch_path%3D%22" + schema + "%22";
}

std::string PostgresServer::by_hand(const std::string& url, const std::string& sql) {
  const Connection connection(::PQconnectdb(url.c_str()), &PQfinish);
  ::PQsetNoticeProcessor(connection.get(), [](void*, const char*) {}, nullptr);
  const Outcome outcome(::PQexec(connection.get(), sql.c_str()), &PQclear);
  const auto status = ::PQresultStatus(outcome.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) give_up(::PQerrorMessage(connection.get()));
  if (::PQntuples(outcome.get()) == 0 || ::PQnfields(outcome.get()) == 0) return {};
  return ::PQgetvalue(outcome.get(), 0, 0);
}

}  // namespace cardea::store
