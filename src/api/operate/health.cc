#include "api/operate/health.h"

namespace cardea::api {

using base::json::object;

Health::Health(HealthIdentity identity, std::vector<HealthCheck> checks, const base::Clock& clock)
    : identity_(std::move(identity)), checks_(std::move(checks)), clock_(clock) {}

void Health::add_routes(http::Router& router) {
  router.add("GET", "/health", [this](http::Request request) { return health(std::move(request)); });
  router.add("GET", "/health/ready", [this](http::Request request) { return ready(std::move(request)); });
  router.add("GET", "/health/live", [this](http::Request request) { return live(std::move(request)); });
}

base::awaitable<http::Response> Health::health(http::Request) {
  object checks;
  bool failed = false, degraded = false;
  for (const auto& check : checks_) {
    const auto started = clock_.steady();
    const auto result = co_await check.probe();
    object entry{{"status", result ? "ok" : "error"},
                 {"duration_ms", static_cast<double>((clock_.steady() - started).count()) / 1e6}};
    if (!result) {
      entry["reason"] = base::to_string(result.error().code);
      (check.critical ? failed : degraded) = true;
    }
    checks[check.name] = std::move(entry);
  }
  const object body{{"status", failed     ? "error"
                               : degraded ? "degraded"
                                          : "ok"},
                    {"checks", std::move(checks)},
                    {"cell", identity_.cell},
                    {"region", identity_.region},
                    {"provider", identity_.provider},
                    {"zone", identity_.zone},
                    {"mode", identity_.read_only && identity_.read_only() ? "read_only" : "read_write"},
                    {"version", identity_.version}};
  co_return http::Response::json(failed ? 503 : 200, body);
}

base::awaitable<http::Response> Health::ready(http::Request request) {
  if (draining_) co_return http::Response::json(503, object{{"status", "draining"}});
  co_return co_await health(std::move(request));
}

base::awaitable<http::Response> Health::live(http::Request) {
  co_return http::Response::json(200, object{{"status", "ok"}});
}

}  // namespace cardea::api
