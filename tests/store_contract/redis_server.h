#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "tests/store_contract/child_process.h"
#include "tests/store_contract/temporary_folder.h"

namespace cardea::store {

// A port of the loopback that nobody listens on.
inline int free_loopback_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  const bool known = ::bind(socket, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
                     ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  ::close(socket);
  if (!known) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

// A Redis of its own on a free port of the loopback: alone, a replica, a sentinel or a node of a cluster, as `settings`
// (lines of redis.conf) say.
class RedisServer {
 public:
  explicit RedisServer(std::vector<std::string> settings = {}, bool sentinel = false)
      : port_(free_port_of(settings)), sentinel_(sentinel) {
    std::ofstream file(folder_.path() / "redis.conf");
    file << "port " << port_ << "\nbind 127.0.0.1\nsave \"\"\nappendonly no\ndir " << folder_.path().string() << "\n";
    for (const auto& line : settings) file << line << "\n";
    file.close();
    start();
  }

  int port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  const ChildProcess& process() const { return process_; }

  void start() {
    std::vector<std::string> command = {"redis-server", folder_.path() / "redis.conf"};
    if (sentinel_) command.emplace_back("--sentinel");
    process_ = ChildProcess(command, folder_.path() / "log");
    for (int look = 0; look < 200; ++look, ::usleep(25'000))
      if (const auto answer = by_hand("PING"); answer == "PONG\n" || answer.starts_with("NOAUTH")) return;
    throw std::runtime_error("redis-server does not start");
  }
  void kill() { process_.end(SIGKILL); }

  // What redis-cli prints for `command`, a line for the shell.
  std::string by_hand(const std::string& command) const {
    const auto line = "redis-cli -p " + std::to_string(port_) + " " + command + " 2>/dev/null";
    std::string out;
    FILE* pipe = ::popen(line.c_str(), "r");
    if (pipe == nullptr) return out;
    char buffer[4096];
    while (const auto size = std::fread(buffer, 1, sizeof buffer, pipe)) out.append(buffer, size);
    ::pclose(pipe);
    return out;
  }

 private:
  // The bus of a cluster is 10000 ports higher.
  static int free_port_of(const std::vector<std::string>& settings) {
    int port = free_loopback_port();
    while (!settings.empty() && port > 55'000) port = free_loopback_port();
    return port;
  }

  TemporaryFolder folder_;
  int port_;
  bool sentinel_;
  ChildProcess process_;
};

}  // namespace cardea::store
