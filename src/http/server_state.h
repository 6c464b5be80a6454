#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "base/snapshot.h"
#include "http/server.h"
#include "http/tls_context.h"

namespace cardea::http {

// Counts what still runs, so that stop() can wait for it.
class TaskCount {
 public:
  void add() {
    const std::lock_guard lock(mutex_);
    ++running_;
  }
  void remove() {
    const std::lock_guard lock(mutex_);
    if (--running_ == 0) none_left_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    none_left_.wait(lock, [&] { return running_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable none_left_;
  std::size_t running_ = 0;
};

struct ServerMetrics {
  explicit ServerMetrics(base::Metrics& metrics);

  std::vector<base::Counter> by_class;  // responses 1xx … 5xx
  base::Histogram seconds;
  base::Gauge open;
  base::Counter accepted;
  base::Counter turned_away;  // over max_connections
  base::Counter timeouts;
};

// What all cores of one server share.
struct ServerState {
  ServerState(ServerOptions o, Handler h, const base::Clock& c, base::Random& r, base::Log& l, base::Metrics& m)
      : options(std::move(o)), handler(std::move(h)), clock(c), random(r), log(l), metrics(m) {}

  const ServerOptions options;
  const Handler handler;
  const base::Clock& clock;
  base::Random& random;
  base::Log& log;
  const ServerMetrics metrics;
  base::Snapshot<TlsContext> tls;
  std::atomic<std::size_t> connections = 0;
  std::atomic<bool> draining = false;
  TaskCount tasks;

  Response error_response(int status) const;
};

}  // namespace cardea::http
