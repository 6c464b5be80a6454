#pragma once

#include <sys/socket.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "http/server.h"

// For tests only: a server on loopback with threads of its own, and a client that can misbehave.
namespace cardea::http::testing {

// Keeps the lines, so that a test can look at them.
class KeptLog final : public base::Log {
 public:
  void write(base::LogLevel level, std::string_view message, Fields fields) override;
  std::vector<base::json::object> lines();

 private:
  std::mutex mutex_;
  std::vector<base::json::object> lines_;
};

class TestServer {
 public:
  // One plain listener on 127.0.0.1 when `options` has none. Deadlines are checked every 5 ms.
  TestServer(Handler handler, ServerOptions options = {}, std::size_t cores = 1);
  ~TestServer();

  std::uint16_t port(std::size_t listener = 0) const { return server_->ports().at(listener); }
  Server& server() { return *server_; }
  KeptLog& log() { return log_; }
  base::Metrics& metrics() { return metrics_; }
  base::Executor executor() { return contexts_.front()->get_executor(); }

 private:
  base::SystemClock clock_;
  base::SeededRandom random_{42};
  KeptLog log_;
  base::Metrics metrics_;
  std::vector<std::unique_ptr<boost::asio::io_context>> contexts_;
  std::vector<std::thread> threads_;
  std::unique_ptr<Server> server_;
};

struct RawResponse {
  int status = 0;  // 0: the connection ended before a whole answer
  Headers headers;
  std::string body;
};

// A blocking TCP client that sends just the bytes it is told to. Gives up after five seconds.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return socket_ >= 0; }
  int socket() const { return socket_; }
  bool send(std::string_view bytes);
  // One answer by its Content-Length; `head_only` for answers to HEAD.
  RawResponse receive(bool head_only = false);
  RawResponse ask(std::string_view bytes) {
    send(bytes);
    return receive();
  }
  // Whether the server ends the connection (in order or by a reset) without another byte.
  bool is_closed();

 private:
  bool more();

  int socket_ = -1;
  std::string in_;
};

// A certificate for localhost with its key, P-256, made on the spot.
struct TestCertificate {
  std::string certificate_pem;
  std::string key_pem;
};
TestCertificate make_test_certificate(const std::string& host = "localhost");

}  // namespace cardea::http::testing
