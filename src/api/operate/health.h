#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "base/result.h"
#include "http/router.h"

namespace cardea::api {

// How well one part does. A part that is not critical makes the node "degraded", a critical one "error" (503).
struct HealthCheck {
  std::string name;  // "database", "password_hashing" …
  bool critical = true;
  std::function<base::awaitable<base::Result<void>>()> probe;
};

struct HealthIdentity {
  std::string cell, region, provider, zone;
  std::function<bool()> read_only;  // decides the mode; empty = never
  std::string version;
};

// GET /health: 200 or 503, {"status":"ok"|"degraded"|"error","checks":{name:{"status","duration_ms","reason"?}},
// "cell","region","provider","mode"}; touches the data. GET /health/live: the process runs.
// GET /health/ready: whether it should get traffic; 503 while draining.
class Health {
 public:
  Health(HealthIdentity identity, std::vector<HealthCheck> checks, const base::Clock& clock);

  // Registers the three routes; the object must outlive the router.
  void add_routes(http::Router& router);
  // From now on /health/ready says 503, so that load balancers look elsewhere. Safe from any thread.
  void drain() { draining_ = true; }

 private:
  base::awaitable<http::Response> health(http::Request request);
  base::awaitable<http::Response> ready(http::Request request);
  base::awaitable<http::Response> live(http::Request request);

  const HealthIdentity identity_;
  const std::vector<HealthCheck> checks_;
  const base::Clock& clock_;
  std::atomic<bool> draining_{false};
};

}  // namespace cardea::api
