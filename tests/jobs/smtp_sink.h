#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace cardea::jobs {

// A mail server of a test: one connection at a time, on a port of its own at 127.0.0.1. It takes everything unless told
// otherwise, and keeps what it was sent.
class SmtpSink {
 public:
  struct Received {
    std::string from, to, message;
  };

  SmtpSink() : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 8) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      std::abort();
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~SmtpSink() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    ::shutdown(connection_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  SmtpSink(const SmtpSink&) = delete;
  SmtpSink& operator=(const SmtpSink&) = delete;

  std::string url() const { return "smtp://127.0.0.1:" + std::to_string(port_); }
  int connections() const { return accepted_; }

  // The answer to a command line or, as ".", to a message; "" for the usual one. Set before the first mail.
  std::function<std::string(std::string_view command)> answer = [](std::string_view) { return std::string(); };

  std::vector<Received> received() {
    const std::scoped_lock lock(mutex_);
    return received_;
  }

 private:
  void serve() {
    while (!stopping_) {
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      connection_ = socket;
      ++accepted_;
      if (!stopping_) talk(socket);
      connection_ = -1;
      ::close(socket);
    }
  }

  void talk(int socket) {
    buffer_.clear();
    if (!say(socket, answer_or("greeting", "220 sink"))) return;
    Received mail;
    std::string line;
    while (hear(socket, line)) {
      if (line.starts_with("DATA")) {
        if (!say(socket, answer_or(line, "354 go on"))) return;
        mail.message.clear();
        while (hear(socket, line) && line != ".")
          mail.message += (line.starts_with('.') ? line.substr(1) : line) + "\r\n";
        const auto verdict = answer_or(".", "250 taken");
        if (verdict.starts_with('2')) {
          const std::scoped_lock lock(mutex_);
          received_.push_back(mail);
        }
        if (!say(socket, verdict)) return;
        continue;
      }
      if (line.starts_with("MAIL FROM:")) mail.from = line.substr(10);
      if (line.starts_with("RCPT TO:")) mail.to = line.substr(8);
      if (!say(socket, answer_or(line, line.starts_with("QUIT") ? "221 bye" : "250 ok"))) return;
    }
  }

  std::string answer_or(std::string_view command, std::string_view usual) {
    const auto special = answer(command);
    return special.empty() ? std::string(usual) : special;
  }
  bool say(int socket, const std::string& text) {
    const auto line = text + "\r\n";
    return text != "hang up" &&
           ::send(socket, line.data(), line.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(line.size());
  }
  bool hear(int socket, std::string& line) {
    std::size_t end;
    while ((end = buffer_.find("\r\n")) == std::string::npos) {
      char chunk[4096];
      const auto count = ::recv(socket, chunk, sizeof chunk, 0);
      if (count <= 0) return false;
      buffer_.append(chunk, static_cast<std::size_t>(count));
    }
    line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return true;
  }

  const int listener_;
  std::uint16_t port_ = 0;
  std::atomic<int> connection_{-1};
  std::atomic<int> accepted_{0};
  std::atomic<bool> stopping_{false};
  std::string buffer_;
  std::mutex mutex_;
  std::vector<Received> received_;
  std::thread thread_;
};

}  // namespace cardea::jobs
