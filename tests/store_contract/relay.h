#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <vector>

namespace cardea::store {

// Stands between clients and a server on the loopback and sees what the clients say before the server does.
class Relay {
 public:
  // What becomes of some bytes and of their connection.
  enum class Then { pass_on, break_without, pass_on_and_break };
  // Called from the thread of the connection.
  using Hear = std::function<Then(std::string_view bytes)>;

  Relay(int server_port, Hear hear)
      : server_port_(server_port), hear_(std::move(hear)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    auto address = loopback(0);
    socklen_t length = sizeof(address);
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0)
      throw std::runtime_error("no listener");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::jthread([this] { accept_all(); });
  }
  // After its clients.
  ~Relay() { ::shutdown(listener_, SHUT_RDWR); }

  int port() const { return port_; }

 private:
  static sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }

  void accept_all() {
    std::vector<std::jthread> pumps;
    for (int client = 0; (client = ::accept(listener_, nullptr, nullptr)) >= 0;) {
      const int server = ::socket(AF_INET, SOCK_STREAM, 0);
      const auto address = loopback(server_port_);
      if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) ::close(client);
      pumps.emplace_back([this, client, server] { pump(client, server, hear_); });
      pumps.emplace_back([client, server] { pump(server, client, [](auto) { return Then::pass_on; }); });
    }
    ::close(listener_);
  }

  static void pump(int from, int to, const Hear& hear) {
    std::array<char, 65536> bytes;
    for (ssize_t got = 0; (got = ::read(from, bytes.data(), bytes.size())) > 0;) {
      const std::string_view text(bytes.data(), static_cast<std::size_t>(got));
      const auto then = hear(text);
      if (then == Then::pass_on_and_break) ::shutdown(from, SHUT_RDWR);  // the answer finds nobody
      if (then != Then::break_without && ::write(to, bytes.data(), text.size()) < got) break;
      if (then == Then::pass_on_and_break) ::usleep(100'000);
      if (then != Then::pass_on) break;
    }
    ::shutdown(from, SHUT_RDWR);
    ::shutdown(to, SHUT_RDWR);
  }

  const int server_port_;
  const Hear hear_;
  const int listener_;
  int port_ = 0;
  std::jthread acceptor_;
};

}  // namespace cardea::store
