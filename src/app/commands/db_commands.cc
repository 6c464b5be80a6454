#include "app/commands/commands.h"
#include "store/sql/open_sqlite.h"

namespace cardea::app {
namespace {

base::Result<std::string> path_of(const Config& config) { return store::sqlite_path(config.store_url); }

}  // namespace

int db_status(Config config, const Output& output) {
  const auto path = path_of(config);
  if (!path) return output.failure(path.error());
  const auto schema = store::sqlite_schema(*path);
  if (!schema) return output.failure(schema.error());
  output.object({{"database", *path},
                 {"schema", schema->version},
                 {"newest", schema->newest},
                 {"up_to_date", schema->version == schema->newest}});
  return 0;
}

int db_migrate(Config config, const Output& output) {
  const auto path = path_of(config);
  if (!path) return output.failure(path.error());
  const auto steps = store::migrate_sqlite(*path);
  if (!steps) return output.failure(steps.error());
  output.object({{"database", *path}, {"steps", *steps}});
  return 0;
}

}  // namespace cardea::app
