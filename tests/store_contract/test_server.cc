#include "tests/store_contract/test_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cctype>
#include <csignal>
#include <fstream>
#include <stdexcept>

namespace cardea::store {
namespace {

constexpr int kPatience = 400;  // looks
constexpr useconds_t kBetweenLooks = 50'000;

// Servers refuse to run as root. nullptr: we are somebody else already.
const passwd* other_user(const std::string& name) { return ::geteuid() == 0 ? ::getpwnam(name.c_str()) : nullptr; }

}  // namespace

TestServer::TestServer(std::string user) : user_(std::move(user)) {
  const auto* other = other_user(user_);
  if (::geteuid() == 0 && other == nullptr) give_up("no user " + user_ + "; see tools/install_packages.sh test");
  if (other != nullptr && ::chown(folder().c_str(), other->pw_uid, other->pw_gid) != 0)
    give_up("its folder cannot be given to " + user_);
}

TestServer::~TestServer() { stop(SIGKILL); }

void TestServer::give_up(const std::string& what) { throw std::runtime_error("a server for tests: " + what); }

int TestServer::free_port() {
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

pid_t TestServer::spawn(const std::vector<std::string>& command) const {
  const auto* other = other_user(user_);
  const uid_t uid = other == nullptr ? 0 : other->pw_uid;
  const gid_t gid = other == nullptr ? 0 : other->pw_gid;
  std::vector<char*> arguments;
  for (const auto& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const std::string log = folder() / "log";

  const pid_t child = ::fork();
  if (child < 0) give_up("no new process");
  if (child > 0) return child;
  if (other != nullptr && (::setgroups(1, &gid) != 0 || ::setgid(gid) != 0 || ::setuid(uid) != 0)) ::_exit(126);
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  if (::chdir("/") == 0) ::execv(arguments.front(), arguments.data());
  ::_exit(127);
}

void TestServer::run(const std::vector<std::string>& command) const {
  int status = 0;
  ::waitpid(spawn(command), &status, 0);
  if (status != 0) give_up(command.front() + " failed");
}

// What a killed server leaves behind keeps a new one from starting for a moment.
void TestServer::start() {
  for (int look = 0; look < kPatience; ++look) {
    if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = 0;
    if (pid_ == 0) pid_ = spawn(command());
    if (answers()) return;
    ::usleep(kBetweenLooks);
  }
  std::ifstream log(folder() / "log");
  std::string last;
  for (std::string line; std::getline(log, line);)
    last = (last + '\n' + line).substr(last.size() < 4000 ? 0 : line.size());
  give_up("it does not start: " + last);
}

void TestServer::stop(int signal) {
  if (pid_ <= 0) return;
  ::kill(pid_, signal);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

void TestServer::kill() { stop(SIGKILL); }

// The children of PostgreSQL are in sessions of their own.
void TestServer::signal_all(int signal) const {
  const auto pid = std::to_string(pid_);
  std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
  ::kill(pid_, signal);
  for (pid_t child = 0; children >> child;) ::kill(child, signal);
}

std::string database_name(const std::string& name) {
  std::string out = "t";
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isupper(byte) != 0) out += '_';
    if (std::isalnum(byte) != 0) out += static_cast<char>(std::tolower(byte));
  }
  return out.size() <= 60 ? out : out.substr(0, 40) + std::to_string(std::hash<std::string>{}(out)).substr(0, 16);
}

}  // namespace cardea::store
