#include "app/commands/commands.h"
#include "store/sql/open_server.h"
#include "store/sql/open_sqlite.h"

namespace cardea::app {
namespace {

struct Schema {
  std::string place;  // without a password
  int version = 0, newest = 0;
};

base::Result<Schema> read_schema(const Config& config) {
  if (store::is_server_url(config.store_url)) {
    auto schema = store::server_schema(config.store_url);
    if (!schema) return base::pass_on(schema);
    return Schema{std::move(schema->place), schema->version, schema->newest};
  }
  auto path = store::sqlite_path(config.store_url);
  if (!path) return base::pass_on(path);
  const auto schema = store::sqlite_schema(*path);
  if (!schema) return base::pass_on(schema);
  return Schema{std::move(*path), schema->version, schema->newest};
}

base::Result<int> migrate(const Config& config) {
  if (store::is_server_url(config.store_url)) return store::migrate_server(config.store_url);
  const auto path = store::sqlite_path(config.store_url);
  if (!path) return base::pass_on(path);
  return store::migrate_sqlite(*path);
}

}  // namespace

int db_status(Config config, const Output& output) {
  const auto schema = read_schema(config);
  if (!schema) return output.failure(schema.error());
  output.object({{"database", schema->place},
                 {"schema", schema->version},
                 {"newest", schema->newest},
                 {"up_to_date", schema->version == schema->newest}});
  return 0;
}

int db_migrate(Config config, const Output& output) {
  const auto steps = migrate(config);
  if (!steps) return output.failure(steps.error());
  const auto schema = read_schema(config);
  if (!schema) return output.failure(schema.error());
  output.object({{"database", schema->place}, {"steps", *steps}});
  return 0;
}

}  // namespace cardea::app
