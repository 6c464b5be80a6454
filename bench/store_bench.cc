// Measures the SQLite engine: point reads, durable writes of many writers, and the CPU of a refresh rotation.
// Usage: store_bench [seconds per measure] [folder]. Prints one line per measure; raw rates of this machine now, so
// compare runs that were taken one after the other.

#include <fmt/core.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "crypto/system_random.h"
#include "store/sql/open_sqlite.h"

namespace {

using namespace cardea;
using Seconds = std::chrono::duration<double>;

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Measured {
  double operations = 0, seconds = 0, cpu = 0;
};

void report(const char* name, const Measured& m) {
  fmt::print("{:<34} {:>9.0f}/s   {:>6.1f} us of CPU each\n", name, m.operations / m.seconds,
             m.cpu * 1e6 / m.operations);
}

struct Bench {
  base::SystemClock clock;
  crypto::SystemRandom random;
  base::NullLog log;
  store::TenantKeys keys{crypto::SealKey::generate(random), random};
  model::TenantId tenant{"01HZZZZZZZZZZZZZZZZZZZZZZZ"};
  std::unique_ptr<store::Database> database;
  double seconds = 2;

  store::Record user(const std::string& id) const {
    store::Record record;
    record.key = {tenant, store::Kind::user, id};
    record.set_document({{"user_id", "auth0|" + id},
                         {"connection", "Username-Password-Authentication"},
                         {"provider", "auth0"},
                         {"created_at", "2026-01-31T10:00:00.123Z"},
                         {"email", id + "@example.com"},
                         {"email_verified", true},
                         {"name", "Ada Lovelace"},
                         {"nickname", "ada"},
                         {"picture", "https://s.gravatar.com/avatar/0123456789abcdef?s=480"},
                         {"user_metadata", {{"color", "green"}}},
                         {"app_metadata", {{"plan", "free"}}}});
    return record;
  }
  store::Record family(const std::string& id) const {
    store::Record record;
    record.key = {tenant, store::Kind::refresh_family, id};
    record.set_document({{"user", "01HUSER"},
                         {"user_id", "auth0|1"},
                         {"client", "abcdefghijklmnopqrstuvwxyz012345"},
                         {"session", "s-" + id},
                         {"audience", "https://api.example.com/"},
                         {"scope", {"openid", "offline_access"}},
                         {"home", 1},
                         {"home_epoch", 1},
                         {"generation", 1},
                         {"last_used_at", 1}});
    return record;
  }

  template <class T>
  T wait(base::awaitable<T> work) {
    boost::asio::io_context context(1);
    std::optional<T> out;
    boost::asio::co_spawn(context.get_executor(), std::move(work),
                          [&](std::exception_ptr, T value) { out.emplace(std::move(value)); });
    context.run();
    return std::move(*out);
  }

  // `writers` coroutines on one executor, each with its own endless row of steps.
  template <class Step>
  Measured run(int writers, Step step) {
    boost::asio::io_context context(1);
    Measured measured;
    const auto begin = std::chrono::steady_clock::now();
    const double cpu = cpu_seconds();
    const auto end = begin + std::chrono::duration_cast<std::chrono::nanoseconds>(Seconds(seconds));
    const auto loop = [&](int writer) -> base::awaitable<void> {
      for (int n = 0; std::chrono::steady_clock::now() < end; ++n) {
        if (!co_await step(writer, n)) std::abort();
        measured.operations += 1;
      }
    };
    for (int w = 0; w < writers; ++w) boost::asio::co_spawn(context.get_executor(), loop(w), boost::asio::detached);
    context.run();
    measured.seconds = Seconds(std::chrono::steady_clock::now() - begin).count();
    measured.cpu = cpu_seconds() - cpu;
    return measured;
  }
};

base::awaitable<bool> read_user(Bench& bench, int n) {
  co_return (co_await bench.database->get({bench.tenant, store::Kind::user, "U" + std::to_string(n % 1000)}))
      .has_value();
}

base::awaitable<bool> small_write(Bench& bench, int writer, int n) {
  store::Record record;
  record.key = {bench.tenant, store::Kind::consumption, std::to_string(writer) + "-" + std::to_string(n)};
  record.set_document({{"at", n}});
  record.expires_at = bench.clock.now() + std::chrono::minutes{5};
  co_return (co_await bench.database->write([&](store::Transaction& t) { return t.put(record); })).has_value();
}

base::awaitable<bool> rotate(Bench& bench, int writer, int n) {
  const store::Key key{bench.tenant, store::Kind::refresh_family, "F" + std::to_string(writer)};
  co_return (co_await bench.database->write([&](store::Transaction& t) -> base::Result<void> {
    auto record = t.get(key);
    if (!record) return base::pass_on(record);
    auto document = record->document();
    document["generation"] = n + 2;
    document["last_used_at"] = base::to_millis(t.now());
    record->set_document(document);
    t.append_event(
        {0, bench.tenant, "sertft", {}, {{"client_id", "abc"}, {"user_id", "auth0|1"}, {"ip", "192.0.2.1"}}});
    return t.put(std::move(*record));
  })).has_value();
}

}  // namespace

int main(int argc, char** argv) {
  Bench bench;
  if (argc > 1) bench.seconds = std::atof(argv[1]);
  const std::filesystem::path folder = argc > 2 ? argv[2] : std::filesystem::temp_directory_path();
  const auto path = folder / ("store_bench_" + std::to_string(::getpid()) + ".db");
  if (!bench.keys.learn(bench.tenant, bench.keys.make_wrapped())) return 1;
  auto opened = store::open_sqlite(path, {bench.clock, bench.random, bench.log, bench.keys, 1});
  if (!opened) {
    fmt::print(stderr, "{}\n", opened.error().reason);
    return 1;
  }
  bench.database = std::move(*opened);
  for (int i = 0; i < 1000; ++i) {
    const auto filled = bench.wait(bench.database->write([&](store::Transaction& t) -> base::Result<void> {
      if (i < 64)
        if (auto done = t.put(bench.family("F" + std::to_string(i))); !done) return done;
      return t.put(bench.user("U" + std::to_string(i)));
    }));
    if (!filled) return 1;
  }

  report("point read of a user", bench.run(1, [&](int, int n) { return read_user(bench, n); }));
  report("small durable write, 1 writer", bench.run(1, [&](int w, int n) { return small_write(bench, w, n); }));
  report("small durable write, 64 writers",
         bench.run(64, [&](int w, int n) { return small_write(bench, w + 100, n); }));
  report("refresh rotation, 64 writers", bench.run(64, [&](int w, int n) { return rotate(bench, w, n); }));

  bench.database.reset();
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path.string() + suffix);
  return 0;
}
