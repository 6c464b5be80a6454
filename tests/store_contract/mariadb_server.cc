#include "tests/store_contract/mariadb_server.h"

#include <mysql.h>

#include <csignal>
#include <fstream>
#include <memory>

namespace cardea::store {
namespace {

using Connection = std::unique_ptr<MYSQL, decltype(&mysql_close)>;

Connection connect(const std::string& socket, const std::string& database) {
  Connection handle(::mysql_init(nullptr), &mysql_close);
  if (::mysql_real_connect(handle.get(), nullptr, "cardea", "pa55 w0rd", database.c_str(), 0, socket.c_str(), 0) ==
      nullptr)
    handle.reset();
  return handle;
}

std::string database_in(const std::string& url) {
  const auto path = url.substr(0, url.find('?'));
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

MariadbServer::MariadbServer(std::vector<std::string> options) : TestServer("mysql"), options_(std::move(options)) {
  run({"/usr/bin/mariadb-install-db", "--no-defaults", "--datadir=" + data_, tmpdir(),
       "--auth-root-authentication-method=normal", "--skip-test-db", "--innodb-log-file-size=8M"});
  std::ofstream(folder() / "init.sql") << "CREATE USER IF NOT EXISTS cardea@'%' IDENTIFIED BY 'pa55 w0rd';\n"
                                          "GRANT ALL ON *.* TO cardea@'%' WITH GRANT OPTION;\n"
                                          "CREATE USER IF NOT EXISTS cardea@localhost IDENTIFIED BY 'pa55 w0rd';\n"
                                          "GRANT ALL ON *.* TO cardea@localhost WITH GRANT OPTION;\n";
  std::filesystem::permissions(folder() / "init.sql", std::filesystem::perms::all);
  start();
}

MariadbServer& MariadbServer::shared() {
  static MariadbServer server;
  return server;
}

ServerKind MariadbServer::kind() {
  return {"mariadb", []() -> TestServer& { return shared(); }, [] { return std::make_unique<MariadbServer>(); }};
}

std::vector<std::string> MariadbServer::command() const {
  std::vector<std::string> out = {"/usr/sbin/mariadbd",
                                  "--no-defaults",
                                  "--datadir=" + data_,
                                  tmpdir(),
                                  "--socket=" + socket(),
                                  "--pid-file=" + (folder() / "pid").string(),
                                  "--init-file=" + (folder() / "init.sql").string(),
                                  "--bind-address=127.0.0.1",
                                  "--port=" + std::to_string(port()),
                                  "--innodb-flush-log-at-trx-commit=2",
                                  "--innodb-buffer-pool-size=64M",
                                  "--innodb-log-file-size=8M",
                                  "--max-connections=100",
                                  "--skip-name-resolve"};
  out.insert(out.end(), options_.begin(), options_.end());
  return out;
}

bool MariadbServer::answers() const { return connect(socket(), "") != nullptr; }

std::string MariadbServer::url(const std::string& name) {
  const auto database = database_name(name);
  by_hand("/", "CREATE DATABASE IF NOT EXISTS " + database);
  return "mysql://cardea:pa55%20w0rd@127.0.0.1:" + std::to_string(port()) + "/" + database;
}

std::string MariadbServer::by_hand(const std::string& url, const std::string& sql) {
  const auto connection = connect(socket(), database_in(url));
  if (connection == nullptr) give_up("cannot be reached by hand");
  auto* handle = connection.get();
  if (::mysql_query(handle, "SET sql_mode = 'ANSI_QUOTES,STRICT_ALL_TABLES'") != 0 ||
      ::mysql_real_query(handle, sql.data(), sql.size()) != 0)
    give_up(::mysql_error(handle));
  const std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> result(::mysql_store_result(handle),
                                                                        &mysql_free_result);
  const auto row = result == nullptr ? nullptr : ::mysql_fetch_row(result.get());
  return row == nullptr || row[0] == nullptr ? "" : row[0];
}

}  // namespace cardea::store
