#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/async.h"
#include "base/clock.h"
#include "base/result.h"
#include "http/egress.h"
#include "http/headers.h"

namespace cardea::http {

struct OutgoingRequest {
  std::string method = "GET";
  std::string url;  // http or https only
  Headers headers;
  std::string body;
  base::Duration timeout = std::chrono::seconds(10);  // over everything: name, connect, TLS, answer, redirects
  std::size_t max_response_bytes = std::size_t{1} << 20;
  int follow_redirects = 0;  // how many; each goes through the guard again. 303 and a redirected POST become GET;
                             // Authorization and Cookie are not sent to another origin.
};

struct OutgoingResponse {
  int status = 0;
  Headers headers;
  std::string body;
};

// All outgoing HTTP goes through this; tests hand in their own.
class Client {
 public:
  virtual ~Client() = default;
  // A 4xx or 5xx is a response, not an error. invalid: the URL; denied: the egress guard refused an address;
  // unavailable: no name, no connection, TLS, timeout, too large an answer. Resumes on the caller's executor.
  virtual base::awaitable<base::Result<OutgoingResponse>> send(OutgoingRequest request) = 0;
};

struct ClientOptions {
  std::string user_agent = "Cardea";
  std::string ca_file;              // PEM; empty: the system's
  bool verify_certificates = true;  // false: whoever answers is believed. Only where a person asked for that
  std::size_t max_in_flight = 256;  // more than that are unavailable at once
  base::Duration connect_timeout = std::chrono::seconds(5);
};

// libcurl in one thread of its own. Every address is put to `guard` when it is connected to: after DNS, after each
// redirect. Proxies of the environment are not used. Destroying it ends all calls with unavailable; do that before
// the io_contexts of the callers are gone.
std::unique_ptr<Client> open_client(ClientOptions options, EgressGuard guard);
// Without a guard: only for addresses that the operator set, never for one that a tenant can.
std::unique_ptr<Client> open_trusted_client(ClientOptions options);

}  // namespace cardea::http
