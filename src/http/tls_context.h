#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct ssl_ctx_st;
struct ssl_st;

namespace cardea::http {

struct TlsOptions;

// An OpenSSL server context: TLS 1.2 with forward secrecy and authenticated encryption, TLS 1.3, session tickets, ALPN
// http/1.1. Immutable; safe from any thread.
class TlsContext {
 public:
  // invalid: what is wrong with certificate or key. `certificate_of` of the options is kept as a copy.
  static base::Result<std::shared_ptr<const TlsContext>> open(const TlsOptions& options);
  ~TlsContext();

  // A new server side of a connection on this socket; nullptr when memory is short. Free with SSL_free.
  ssl_st* accept_on(int socket) const;

 private:
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* context_;
  std::function<ssl_ctx_st*(std::string_view host)> certificate_of_;
};

}  // namespace cardea::http
