#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/result.h"
#include "http/cidr.h"
#include "http/router.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace cardea::http {

struct Listener {
  std::string address = "::";  // "::" takes IPv4 too
  std::uint16_t port = 0;      // 0: the system picks one, see Server::ports()
  bool tls = false;
  // Connections from trusted networks start with a PROXY protocol v2 header; others may not send one.
  bool proxy_protocol = false;
};

// Where the certificate comes from: files, or PEM text when given.
struct TlsOptions {
  std::string certificate_file;  // the chain, leaf first
  std::string key_file;
  std::string certificate_pem;
  std::string key_pem;
  // Another certificate for the name that the client asks for (SNI), for custom domains; nullptr: the one above.
  // Called on the connection's thread, must not block; what it returns must live until the server has stopped.
  std::function<ssl_ctx_st*(std::string_view host)> certificate_of;
};

struct ServerOptions {
  std::vector<Listener> listeners;
  TlsOptions tls;  // needed when a listener has tls
  // Whose Forwarded, X-Forwarded-*, x-request-id and PROXY headers count.
  std::vector<Cidr> trusted_proxies;
  // Hosts other than loopback that come to a plain listener are sent to https (308), with this port unless it is 443.
  bool redirect_plain_non_loopback = false;
  std::uint16_t https_port = 443;
  // Paths that a plain listener serves nevertheless: load balancers ask them by address.
  std::vector<std::string> redirect_exempt_prefixes = {"/health"};

  std::size_t max_header_bytes = 16 * 1024;  // 431; a request line beyond 8 KiB: 414
  std::size_t max_body_bytes = 1024 * 1024;  // 413
  std::size_t max_headers = 100;             // 431
  std::size_t max_connections = 20'000;      // over all cores; the next is closed at once
  std::size_t max_requests_per_connection = 10'000;
  base::Duration header_timeout = std::chrono::seconds(10);   // from the first byte, TLS handshake too: 408
  base::Duration body_timeout = std::chrono::seconds(30);     // for the whole body: 408
  base::Duration idle_timeout = std::chrono::seconds(60);     // between requests: closed
  base::Duration write_timeout = std::chrono::seconds(30);    // a client that takes less than 1 KiB/s that long: closed
  base::Duration handler_timeout = std::chrono::seconds(30);  // 503, and the handler's wait is cancelled
  std::size_t min_body_bytes_per_second = 256;                // slower after the first five seconds: 408
  base::Duration deadline_check = std::chrono::milliseconds(250);  // how exact the timeouts are
  std::size_t min_compressed_bytes = 1024;
  bool access_log = true;
  // Adds to the line of a request what its host says; "" for a request that nobody understood. On the loops' threads.
  std::function<void(std::string_view host, base::json::object& fields)> describe_host;
  // Answers that the server gives itself (400, 408, 413, 414, 431, 500, 503 …). Empty: JSON
  // {"statusCode","error","message"}.
  std::function<Response(int status)> error_page;

  // What a route allows, asked when the header is read; usually router.limits. Empty: the numbers above.
  std::function<RouteLimits(std::string_view method, std::string_view target)> limits_of;
};

// HTTP/1.1 over TCP and TLS. Connections live on the io_context whose acceptor took them (SO_REUSEPORT), and so does
// the handler's coroutine. The caller runs each io_context on exactly one thread, and keeps running them until stop()
// has returned. What the server refuses itself: malformed requests and any doubt about where a body ends 400, too
// slow 408, too large 413/414/431, a handler that throws 500 (logged, closed).
class Server {
 public:
  // One acceptor per listener and io_context. All references must outlive the server; `handler` is called on the
  // threads of the io_contexts.
  Server(ServerOptions options, Handler handler, std::vector<boost::asio::io_context*> contexts,
         const base::Clock& clock, base::Random& random, base::Log& log, base::Metrics& metrics);
  // stop() must have returned, or start() never been called.
  ~Server();

  // Binds and accepts. invalid: bad certificate or address; unavailable: the port is taken. Then nothing was started.
  base::Result<void> start();
  // The ports really bound, one per listener in their order. Good after start().
  const std::vector<std::uint16_t>& ports() const;

  // Stops accepting, closes idle connections, lets the open requests end with "Connection: close". Returns when none is
  // left or `patience` is over; then call stop(). From any thread that runs none of the io_contexts.
  void drain(base::Duration patience);
  // Closes everything at once and waits until no coroutine of the server is left. From any thread that runs none of the
  // io_contexts. May be called twice.
  void stop();
  std::size_t connections() const;

  // Takes a renewed certificate from the files; connections that are open keep the old one. invalid: keeps the old.
  base::Result<void> reload_certificate();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace cardea::http
