#include "store/sql/open_postgres.h"

#include "store/sql/cell_identity.h"
#include "store/sql/migrations.h"
#include "store/sql/server_database.h"

namespace cardea::store {
namespace {

// Calls `use` with a session, and gives its Result with the place in front of a reason.
template <class Use>
auto with_session(const PostgresEngine& engine, Use use) -> std::invoke_result_t<Use, soci::session&> {
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

base::Result<std::unique_ptr<Database>> open_postgres(std::string_view url, const Surroundings& surroundings,
                                                      const PostgresOptions& options) {
  auto engine = PostgresEngine::parse(url, options.limits);
  if (!engine) return base::pass_on(engine);
  auto identity = with_session(*engine, [&](soci::session& session) -> base::Result<CellIdentity> {
    if (const auto done = migrate(session); !done) return base::pass_on(done);
    return identify(session, surroundings);
  });
  if (!identity) return base::pass_on(identity);
  return std::make_unique<ServerDatabase>(std::make_unique<PostgresEngine>(std::move(*engine)), surroundings,
                                          std::move(identity->incarnation), identity->hlc_ceiling,
                                          ServerDatabase::Limits{options.connections, options.queue});
}

base::Result<PostgresSchema> postgres_schema(std::string_view url) {
  const auto engine = PostgresEngine::parse(url);
  if (!engine) return base::pass_on(engine);
  return with_session(*engine, [&](soci::session& session) -> base::Result<PostgresSchema> {
    return PostgresSchema{engine->place(), schema_version(session), newest_schema()};
  });
}

base::Result<int> migrate_postgres(std::string_view url) {
  const auto engine = PostgresEngine::parse(url);
  if (!engine) return base::pass_on(engine);
  return with_session(*engine, [](soci::session& session) { return migrate(session); });
}

}  // namespace cardea::store
