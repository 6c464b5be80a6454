#include "store/sql/open_server.h"

#include "store/sql/cell_identity.h"
#include "store/sql/migrations.h"
#include "store/sql/mysql_session.h"
#include "store/sql/postgres_session.h"
#include "store/sql/server_database.h"

namespace cardea::store {
namespace {

// How much longer than the server itself we wait for the end of a statement.
constexpr base::Duration kGrace = std::chrono::seconds{2};

constexpr std::string_view kMysql = "mysql://";

// Calls `use` with a session, and gives its Result with the place in front of a reason.
template <class Use>
auto with_session(const ServerEngine& engine, Use use) -> std::invoke_result_t<Use, soci::session&> {
  const auto explain = [&](base::Error error) {
    error.reason = engine.place() + ": " + error.reason;
    return std::unexpected(std::move(error));
  };
  auto session = engine.connect();
  if (!session) return explain(session.error());
  try {
    auto out = use((*session)->soci());
    if (!out) return explain(out.error());
    return out;
  } catch (const soci::soci_error& error) {
    return explain((*session)->trouble_of(error).error);
  }
}

}  // namespace

base::Result<std::unique_ptr<ServerEngine>> server_engine(std::string_view url, const ServerLimits& limits) {
  return url.starts_with(kMysql) ? MysqlEngine::parse(url, limits) : PostgresEngine::parse(url, limits);
}

bool is_server_url(std::string_view url) { return url.starts_with("postgres") || url.starts_with(kMysql); }

base::Result<std::unique_ptr<Database>> open_server(std::string_view url, const Surroundings& surroundings,
                                                    const ServerOptions& options) {
  auto engine = server_engine(url, options.limits);
  if (!engine) return base::pass_on(engine);
  auto identity = with_session(**engine, [&](soci::session& session) -> base::Result<CellIdentity> {
    if (options.role != ServerRole::own) return identify_foreign(session, options.role);
    if (const auto done = migrate(session); !done) return base::pass_on(done);
    return identify(session, surroundings);
  });
  if (!identity) return base::pass_on(identity);
  const ServerDatabase::Limits limits{options.connections, options.queue, options.limits.statement + kGrace,
                                      options.slow,        options.role,  options.metrics};
  return std::make_unique<ServerDatabase>(std::move(*engine), surroundings, std::move(identity->incarnation),
                                          identity->hlc_ceiling, limits);
}

base::Result<ServerSchema> server_schema(std::string_view url) {
  const auto engine = server_engine(url);
  if (!engine) return base::pass_on(engine);
  return with_session(**engine, [&](soci::session& session) -> base::Result<ServerSchema> {
    return ServerSchema{(*engine)->place(), schema_version(session), newest_schema()};
  });
}

base::Result<int> migrate_server(std::string_view url) {
  const auto engine = server_engine(url);
  if (!engine) return base::pass_on(engine);
  return with_session(**engine, [](soci::session& session) { return migrate(session); });
}

}  // namespace cardea::store
