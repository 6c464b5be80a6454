#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/async.h"
#include "http/request.h"
#include "http/response.h"

namespace cardea::http {

// Which origins' scripts may call a route, and what they may see (Fetch §3.2). Immutable once routes share it.
struct CorsPolicy {
  // Whether scripts of `origin` ("https://app.example.com", exactly as the browser sent it) may read the answers.
  // Asked for each request with an Origin header; awaited at once, so the references stay good. Empty: nobody may.
  std::function<base::awaitable<bool>(const Request& request, std::string_view origin)> allows;
  bool any_origin = false;   // Access-Control-Allow-Origin: *, never with credentials; `allows` is not asked
  bool credentials = false;  // cookies may go along
  // As they stand in the answers.
  std::string allowed_headers = "Content-Type, Authorization, Auth0-Client, X-Request-Language, DPoP, Idempotency-Key";
  std::string exposed_headers =
      "DPoP-Nonce, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After, X-Request-Id";
  int max_age_seconds = 600;

  // For documents that everybody may read: discovery, key sets.
  static std::shared_ptr<const CorsPolicy> public_documents();
};

// Whether this is the browser asking before the real request: OPTIONS with Origin and Access-Control-Request-Method.
bool is_preflight(const Request& request);

// Headers of the answer to a preflight; `methods` is "GET, POST". `allowed`: what policy.allows said.
void answer_preflight(const CorsPolicy& policy, const Request& request, bool allowed, std::string_view methods,
                      Response& response);

// Headers of the answer to a real request from `origin`. Always adds Vary: Origin where the answer depends on it.
void add_cors_headers(const CorsPolicy& policy, std::string_view origin, bool allowed, Response& response);

}  // namespace cardea::http
