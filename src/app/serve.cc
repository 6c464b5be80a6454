#include "app/serve.h"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <thread>

#include "api/operate/health.h"
#include "app/background.h"
#include "app/backup/backup_schedule.h"
#include "app/backup/bootstrap_store.h"
#include "app/mesh_node.h"
#include "app/routes.h"
#include "app/run_now.h"
#include "app/services.h"
#include "http/server.h"

namespace cardea::app {
namespace {

using Context = boost::asio::io_context;

// The event loops: one io_context per core, each run by one thread.
class Loops {
 public:
  explicit Loops(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) contexts_.push_back(std::make_unique<Context>(1));
    for (auto& context : contexts_) {
      guards_.push_back(boost::asio::make_work_guard(*context));
      threads_.emplace_back([c = context.get()] { c->run(); });
    }
  }
  ~Loops() {
    guards_.clear();
    for (auto& context : contexts_) context->stop();
    for (auto& thread : threads_) thread.join();
  }
  Context& first() { return *contexts_.front(); }
  std::vector<Context*> all() {
    std::vector<Context*> out;
    for (auto& context : contexts_) out.push_back(context.get());
    return out;
  }

 private:
  std::vector<std::unique_ptr<Context>> contexts_;
  std::vector<boost::asio::executor_work_guard<base::Executor>> guards_;
  std::vector<std::thread> threads_;
};

sigset_t handled_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

http::Listener to_listener(const ListenAddress& address, const Config& config, bool tls) {
  return {.address = address.host.empty() ? "::" : address.host,
          .port = address.port,
          .tls = tls,
          .proxy_protocol = config.proxy_protocol};
}

base::Result<http::ServerOptions> server_options(const Config& config) {
  http::ServerOptions options;
  if (config.http.on) options.listeners.push_back(to_listener(config.http, config, false));
  if (config.https.on) options.listeners.push_back(to_listener(config.https, config, true));
  options.tls.certificate_file = config.tls_certificate;
  options.tls.key_file = config.tls_key;
  auto proxies = http::parse_cidrs(config.trusted_proxies);
  if (!proxies) return base::pass_on(proxies);
  options.trusted_proxies = std::move(*proxies);
  options.redirect_plain_non_loopback = config.https.on;
  options.https_port = config.https.port;
  options.access_log = config.access_log;
  return options;
}

http::ServerOptions metrics_options(const Config& config) {
  http::ServerOptions options;
  options.listeners.push_back(to_listener(config.metrics, config, false));
  options.listeners.back().proxy_protocol = false;
  options.access_log = false;
  options.max_connections = 100;
  return options;
}

base::awaitable<base::Result<void>> check_recovered(const MeshNode& mesh) {
  if (!mesh.recovered()) co_return base::fail(base::Errc::unavailable, "this cell lacks what its peers have");
  co_return base::Result<void>{};
}

std::vector<api::HealthCheck> health_checks(Foundation& f, Services& services, const MeshNode* mesh) {
  std::vector<api::HealthCheck> checks{
      {"database", true, [&f] { return f.database->check(); }},
      {"sessions", false, [&f] { return f.session_store.keeper->check(); }},
      {"password_hashing", false, [&services]() -> base::awaitable<base::Result<void>> {
         // Half a minute of waiting passwords is a storm that people notice.
         if (services.hashes.expected_wait() > std::chrono::seconds(30))
           co_return base::fail(base::Errc::unavailable, "the queue is long");
         co_return base::Result<void>{};
       }}};
  if (mesh != nullptr) checks.push_back({"replication", true, [mesh] { return check_recovered(*mesh); }});
  return checks;
}

// What is asked of a cell that is one of several. One that lacks what its peers have signs nobody in (REPLICATION.md
// §4).
base::awaitable<http::Response> dispatch(const http::Router& router, const MeshNode* mesh, http::Request request) {
  if (mesh == nullptr) co_return co_await router.dispatch(std::move(request));
  if (!mesh->recovered() && !request.path.starts_with("/health")) {
    auto response = http::Response::json(
        503, {{"error", "temporarily_unavailable"}, {"error_description", "This cell is recovering."}});
    response.header("Retry-After", "1");
    co_return response;
  }
  const bool reads = request.method == "GET" || request.method == "HEAD";
  auto response = co_await router.dispatch(std::move(request));
  if (!reads && mesh->degraded()) response.header("X-Replication", "degraded");
  co_return response;
}

base::awaitable<http::Response> show_metrics(base::Metrics& metrics) {
  auto response = http::Response::text(200, metrics.render());
  response.header("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  co_return response;
}

int failed(const base::Error& error) {
  fmt::print(stderr, "cardea: {}\n", error.reason);
  return error.code == base::Errc::invalid ? 2 : 1;
}

// Waits for SIGTERM or SIGINT; SIGHUP takes renewed certificates meanwhile.
void wait_for_end(http::Server& server, base::Log& log) {
  const auto signals = handled_signals();
  for (int signal = 0; sigwait(&signals, &signal) == 0;) {
    if (signal != SIGHUP) return;
    const auto reloaded = server.reload_certificate();
    if (reloaded)
      log.info("certificate reloaded");
    else
      log.error("certificate not reloaded", {{"reason", reloaded.error().reason}});
  }
}

void log_start(Foundation& f, const http::Server& server) {
  base::json::array ports;
  for (const auto port : server.ports()) ports.push_back(port);
  f.log->info("serving", {{"version", CARDEA_VERSION}, {"base_url", f.config.base_url}, {"ports", std::move(ports)}});
}

}  // namespace

int serve(Config config) {
  // Before any thread exists, so that all of them leave these signals to wait_for_end().
  const auto signals = handled_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);

  if (auto filled = bootstrap_store(config); !filled) return failed(filled.error());
  auto opened = Foundation::open(std::move(config));
  if (!opened) return failed(opened.error());
  auto& f = **opened;
  auto options = server_options(f.config);
  if (!options) return failed(options.error());

  const std::size_t cores = f.config.threads > 0 ? f.config.threads : std::max(1U, std::thread::hardware_concurrency());
  auto& metrics = f.metrics;
  Loops loops(cores);
  Services services(f, loops.first().get_executor());
  auto background = Background::open(f, loops.first());
  if (!background) return failed(background.error());
  auto mesh = MeshNode::open(f, loops.first());
  if (!mesh) return failed(mesh.error());
  const auto backups = BackupSchedule::open(f.config, f.clock, f.random, *f.log, metrics);
  if (!backups) return failed(backups.error());

  api::Health health({.cell = f.config.cell_id,
                      .region = f.config.cell_region,
                      .provider = f.config.cell_provider,
                      .zone = f.config.cell_zone,
                      .read_only = [&f] { return f.database->is_read_only(); },
                      .version = CARDEA_VERSION},
                     health_checks(f, services, mesh->get()), f.clock);
  const auto router = make_router(services, health);
  options->limits_of = [&router](std::string_view method, std::string_view target) {
    return router.limits(method, target);
  };
  options->describe_host = [&directory = *f.directory](std::string_view host, base::json::object& fields) {
    if (fields.contains("tenant")) return;
    const auto tenant = directory.cached(host);
    fields["tenant"] = tenant ? tenant->tenant.name : std::string();
  };
  http::Server server(
      std::move(*options),
      [&router, node = mesh->get()](http::Request request) { return dispatch(router, node, std::move(request)); },
      loops.all(), f.clock, f.random, *f.log, metrics);
  http::Router metrics_router;
  metrics_router.add("GET", "/metrics", [&metrics](http::Request) { return show_metrics(metrics); });
  http::Server metrics_server(
      metrics_options(f.config),
      [&metrics_router](http::Request request) { return metrics_router.dispatch(std::move(request)); },
      {&loops.first()}, f.clock, f.random, *f.log, metrics);

  if (auto started = server.start(); !started) return failed(started.error());
  if (f.config.metrics.on) {
    if (auto started = metrics_server.start(); !started) {
      server.stop();
      return failed(started.error());
    }
  }
  if (*mesh) {
    if (auto joined = (*mesh)->start(); !joined) {
      server.stop();
      return failed(joined.error());
    }
  }
  (*background)->start();
  log_start(f, server);

  wait_for_end(server, *f.log);

  f.log->info("draining");
  health.drain();
  server.drain(std::chrono::seconds(f.config.drain_seconds));
  server.stop();
  if (f.config.metrics.on) metrics_server.stop();
  // Not on a loop of its own: the others would still touch that when it is gone.
  run_on(loops.first().get_executor(),
         [](Background& b, oauth::EventWriter& events, MeshNode* node) -> base::awaitable<bool> {
           co_await b.stop();
           co_await events.flush();
           if (node != nullptr) co_await node->stop();
           co_return true;
         }(**background, services.events, mesh->get()));
  f.log->info("stopped");
  return 0;
}

}  // namespace cardea::app
