#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>

#include "app/commands/command_context.h"
#include "app/commands/commands.h"
#include "app/commands/with_tenant.h"
#include "app/import/at_once.h"
#include "app/import/user_import.h"

namespace cardea::app {
namespace {

using base::json::object;

// A line on the terminal with the users so far and how many that is in a second.
class ImportProgress {
 public:
  explicit ImportProgress(const base::Clock& clock)
      : clock_(clock), live_(::isatty(STDERR_FILENO) == 1), began_(clock.steady()) {}

  double seconds() const { return std::chrono::duration<double>(clock_.steady() - began_).count(); }
  void show(const ImportCounts& counts) const {
    if (!live_) return;
    const auto rate = static_cast<double>(counts.read) / std::max(seconds(), 0.001);
    fmt::print(stderr, "\r\033[K{} users, {:.0f} a second, {} refused", counts.read, rate, counts.refused);
  }
  void clear() const {
    if (live_) fmt::print(stderr, "\r\033[K");
  }

 private:
  const base::Clock& clock_;
  const bool live_;
  const std::chrono::nanoseconds began_;
};

using Answer = base::awaitable<base::Result<object>>;

// Gives the counts, also when some were refused.
Answer import_users(Foundation& f, model::Tenant tenant, UserImportOptions options, std::istream& in) {
  auto context = co_await command_context(f, tenant.id);
  if (!context) co_return base::pass_on(context);
  const auto* connection = context->tenant->connection(options.connection);
  if (connection == nullptr) co_return base::fail(base::Errc::not_found, "no such connection: " + options.connection);

  const ImportProgress progress(f.clock);
  const auto refused = [&](std::uint64_t line, std::string_view reason) {
    progress.clear();
    fmt::print(stderr, "{}\n", base::json::serialize(object{{"line", line}, {"reason", reason}}));
  };
  identity::SessionEnding ending(*f.session_store.keeper, *f.database, *f.sessions, *f.families);
  UserImport import(*f.database, *f.users, {tenant.id, options.connection, connection->strategy, options.overwrite},
                    {ending, std::move(*context)},
                    {refused, [&](const ImportCounts& counts) { progress.show(counts); }});
  const auto counts = co_await import.run(in, std::max<std::size_t>(f.config.store_connections, 1));
  progress.clear();
  if (!counts) co_return base::pass_on(counts);
  auto out = counts->to_json();
  out["seconds"] = progress.seconds();
  co_return out;
}

// Tenants that are made at the same time share commits.
class TenantImport {
 public:
  TenantImport(store::Tenants& tenants, std::istream& in) : tenants_(tenants), in_(in) {}

  base::awaitable<void> several(std::size_t workers) {
    return at_once(workers, [this] { return work(); });
  }

  base::Result<object> outcome() const {
    if (failure_) return std::unexpected(*failure_);
    return object{{"created", created_}, {"exists", existed_}};
  }

 private:
  base::awaitable<void> work() {
    for (std::string name; !failure_ && std::getline(in_, name);) {
      if (name.empty()) continue;
      const auto made = co_await tenants_.create(name, {{"friendly_name", name}});
      if (made)
        ++created_;
      else if (made.error().code == base::Errc::already_exists)
        ++existed_;
      else
        failure_ = base::Error{made.error().code, name + ": " + made.error().reason};
    }
  }

  store::Tenants& tenants_;
  std::istream& in_;
  std::uint64_t created_ = 0, existed_ = 0;
  std::optional<base::Error> failure_;
};

// nullptr: it cannot be read.
std::istream* open_input(const std::string& name, std::ifstream& file) {
  if (name == "-") return &std::cin;
  file.open(name, std::ios::binary);
  return file ? &file : nullptr;
}

}  // namespace

int tenant_import(Config config, const std::string& name, const Output& output) {
  std::ifstream file;
  auto* in = open_input(name, file);
  if (in == nullptr) return output.failure({base::Errc::invalid, name + ": cannot be read"});
  auto foundation = Foundation::open(std::move(config));
  if (!foundation) return output.failure(foundation.error());
  TenantImport import(*(*foundation)->tenants, *in);
  constexpr std::size_t kAtOnce = 64;
  const auto run = [&]() -> base::awaitable<base::Result<object>> {
    co_await import.several(kAtOnce);
    co_return import.outcome();
  };
  const auto counts = run_now(run());
  if (!counts) return output.failure(counts.error());
  output.object(*counts);
  return 0;
}

int user_import(Config config, const UserImportOptions& options, const Output& output) {
  std::ifstream file;
  auto* in = open_input(options.file, file);
  if (in == nullptr) return output.failure({base::Errc::invalid, options.file + ": cannot be read"});
  bool some_refused = false;
  const int status = with_tenant(
      std::move(config), options.tenant, output,
      [&](Foundation& f, model::Tenant tenant) -> Answer {
        auto counts = co_await import_users(f, std::move(tenant), options, *in);
        if (counts) some_refused = base::get_int_or(*counts, "refused", 0) > 0;
        co_return counts;
      },
      true);
  return status == 0 && some_refused ? 1 : status;
}

}  // namespace cardea::app
