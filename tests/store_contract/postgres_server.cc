#include "tests/store_contract/postgres_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace cardea::store {
namespace {

constexpr int kPatience = 200;  // looks
constexpr useconds_t kBetweenLooks = 50'000;

[[noreturn]] void give_up(const std::string& what) { throw std::runtime_error("PostgreSQL for tests: " + what); }

// The newest one that Debian keeps.
std::filesystem::path programs() {
  std::vector<std::filesystem::path> found;
  std::error_code ignored;
  for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", ignored))
    if (std::filesystem::exists(version.path() / "bin" / "initdb")) found.push_back(version.path() / "bin");
  if (found.empty()) give_up("not installed; see tools/install_packages.sh test");
  return *std::ranges::max_element(found);
}

int free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  const bool known = ::bind(socket, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
                     ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  ::close(socket);
  if (!known) give_up("no free port");
  return ntohs(address.sin_port);
}

// PostgreSQL refuses to run as root.
const passwd* other_user() {
  if (::geteuid() != 0) return nullptr;
  const auto* user = ::getpwnam("postgres");
  if (user == nullptr) give_up("no user postgres");
  return user;
}

using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using Outcome = std::unique_ptr<PGresult, decltype(&PQclear)>;

}  // namespace

PostgresServer::PostgresServer() : data_(folder_.path() / "data"), port_(free_port()) {
  if (const auto* user = other_user();
      user != nullptr && ::chown(folder_.path().c_str(), user->pw_uid, user->pw_gid) != 0)
    give_up("its folder cannot be given to postgres");
  run({"initdb", "-A", "trust", "-N", "-U", "cardea", "-E", "UTF8", "--no-locale", "-D", data_});
  start();
}

PostgresServer::~PostgresServer() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGINT);  // ends the connections and stops
  ::waitpid(pid_, nullptr, 0);
}

PostgresServer& PostgresServer::shared() {
  static PostgresServer server;
  return server;
}

pid_t PostgresServer::spawn(const std::vector<std::string>& command) const {
  const std::string program = programs() / command.front();
  const auto* user = other_user();
  const uid_t uid = user == nullptr ? 0 : user->pw_uid;
  const gid_t gid = user == nullptr ? 0 : user->pw_gid;
  std::vector<char*> arguments;
  for (const auto& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const std::string log = folder_.path() / "log";

  const pid_t child = ::fork();
  if (child < 0) give_up("no new process");
  if (child > 0) return child;
  if (user != nullptr && (::setgroups(1, &gid) != 0 || ::setgid(gid) != 0 || ::setuid(uid) != 0)) ::_exit(126);
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  if (::chdir("/") == 0) ::execv(program.c_str(), arguments.data());
  ::_exit(127);
}

void PostgresServer::run(const std::vector<std::string>& command) const {
  int status = 0;
  ::waitpid(spawn(command), &status, 0);
  if (status != 0) give_up(command.front() + " failed");
}

bool PostgresServer::answers() const {
  const std::string port = std::to_string(port_);
  const auto target = "host=127.0.0.1 user=cardea dbname=postgres connect_timeout=2 port=" + port;
  return ::PQping(target.c_str()) == PQPING_OK;
}

// What a killed server leaves behind keeps a new one from starting for a moment.
void PostgresServer::start() {
  for (int look = 0; look < kPatience; ++look) {
    if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = 0;
    if (pid_ == 0)
      pid_ = spawn({"postgres", "-D", data_, "-k", folder_.path(), "-p", std::to_string(port_), "-c",
                    "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=60", "-c",
                    "shared_buffers=16MB", "-c", "autovacuum=off", "-c", "deadlock_timeout=100ms"});
    if (answers()) return;
    ::usleep(kBetweenLooks);
  }
  give_up("the server does not start");
}

void PostgresServer::kill() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

std::string PostgresServer::url(const std::string& name) {
  std::string schema = "t";
  for (const char c : name)
    if (std::isalnum(static_cast<unsigned char>(c)))
      schema += std::isupper(static_cast<unsigned char>(c)) ? std::string{'_', c} : std::string{c};
  const auto base = "postgresql://cardea:pa55%20w0rd@127.0.0.1:" + std::to_string(port_) + "/postgres";
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
