#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <vector>

namespace cardea::store {

// Stands between a client and a MySQL server on the loopback and breaks both connections at the next COMMIT, which it
// lets through to the server or not.
class CommitCutter {
 public:
  enum class Cut { none, before_the_server, before_the_answer };

  explicit CommitCutter(int server_port) : server_port_(server_port), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    auto address = loopback(0);
    socklen_t length = sizeof(address);
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0)
      throw std::runtime_error("no listener");
    port_ = ntohs(address.sin_port);
    threads_.emplace_back([this] { accept_all(); });
  }
  // After its clients.
  ~CommitCutter() { ::shutdown(listener_, SHUT_RDWR); }

  int port() const { return port_; }
  void cut_next(Cut cut) { cut_ = cut; }

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
      pumps.emplace_back([this, client, server] { pump(client, server); });
      pumps.emplace_back([this, client, server] { pump(server, client, false); });
    }
    ::close(listener_);
  }

  void pump(int from, int to, bool looks = true) {
    std::array<char, 65536> bytes;
    for (ssize_t got = 0; (got = ::read(from, bytes.data(), bytes.size())) > 0;) {
      const std::string_view text(bytes.data(), static_cast<std::size_t>(got));
      const auto cut = looks && text.ends_with(
                                    "\x03"
                                    "COMMIT")
                           ? cut_.exchange(Cut::none)
                           : Cut::none;
      if (cut == Cut::before_the_answer) ::shutdown(from, SHUT_RDWR);  // the answer finds nobody
      if (cut != Cut::before_the_server && ::write(to, bytes.data(), text.size()) < got) break;
      if (cut == Cut::before_the_answer) ::usleep(100'000);
      if (cut != Cut::none) break;
    }
    ::shutdown(from, SHUT_RDWR);
    ::shutdown(to, SHUT_RDWR);
  }

  const int server_port_;
  const int listener_;
  int port_ = 0;
  std::atomic<Cut> cut_ = Cut::none;
  std::vector<std::jthread> threads_;
};

}  // namespace cardea::store
