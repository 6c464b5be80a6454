#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "http/cors.h"
#include "http/request.h"
#include "http/response.h"

namespace cardea::http {

// Takes the request by value: it lives as long as the coroutine.
using Handler = std::function<base::awaitable<Response>(Request)>;

// What the server must know of a route before it reads the body.
struct RouteLimits {
  std::optional<std::size_t> max_body;    // absent: the server's own
  std::optional<base::Duration> timeout;  // of the handler; absent: the server's own. Over it: 503
};

struct RouteOptions {
  std::optional<std::size_t> max_body;
  std::optional<base::Duration> timeout;
  std::shared_ptr<const CorsPolicy> cors;  // absent: no CORS headers, a preflight is refused by the browser
};

// Finds the handler of a request. Fill it before the server starts; from then on it is immutable and safe from any
// thread, and must outlive the server.
class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  // Patterns: "/api/v2/users/{id}/roles". {id} matches one segment that is not empty, percent-decoded after the split,
  // so that an encoded "%2F" or "%7C" stays within it. A last "{rest...}" matches one or more segments (none of them
  // "." or
  // "..", no encoded slash). Literal segments win over parameters; a slash at the end counts. GET serves HEAD too.
  // Throws std::logic_error for a bad or repeated pattern: that is a bug found at start.
  void add(std::string_view method, std::string_view pattern, Handler handler, RouteOptions options = {});

  // Answers requests that no route takes: 404 and 405 (Allow is added by the router). Default: JSON
  // {"statusCode":404,"error":"Not Found","message":"Not Found"}.
  using ErrorPage = std::function<Response(const Request&, int status)>;
  void set_error_page(ErrorPage page);

  // 404; 405 with Allow; OPTIONS with Allow or a CORS preflight; else the handler's answer.
  base::awaitable<Response> dispatch(Request request) const;

  // The limits of the route that `target` would take; none when there is no such route.
  RouteLimits limits(std::string_view method, std::string_view target) const;

  // "GET /api/v2/users/{id}" for each route, sorted. For documentation and completeness tests.
  std::vector<std::string> routes() const;

 private:
  struct Node;
  struct Route;
  struct Match;
  Match find(std::string_view target) const;

  std::unique_ptr<Node> root_;
  ErrorPage error_page_;
};

}  // namespace cardea::http
