#include "store/sql/cell_identity.h"

#include "base/ulid.h"
#include "store/sql/dialect.h"
#include "store/sql/migrations.h"

namespace cardea::store {
namespace {

base::Result<CellIdentity> read_identity(soci::session& session, int& cell) {
  long long ceiling = 0;
  CellIdentity identity;
  session << "SELECT cell_id, incarnation, hlc_ceiling FROM meta", soci::into(cell), soci::into(identity.incarnation),
      soci::into(ceiling);
  if (identity.incarnation.starts_with(kUnfinishedRestore))
    return base::fail(base::Errc::invalid,
                      "a restore into this database has not come to its end; run it again: cardea db restore");
  identity.hlc_ceiling = static_cast<std::uint64_t>(ceiling);
  return identity;
}

bool takes_writes(soci::session& session) {
  int refuses = 0;
  const std::string ask(dialect_of(session).refuses_writes);
  if (!ask.empty()) session << ask, soci::into(refuses);
  return refuses == 0;
}

}  // namespace

base::Result<CellIdentity> identify(soci::session& session, const Surroundings& surroundings) {
  int cell = surroundings.cell;
  const std::string incarnation = base::new_ulid(surroundings.clock, surroundings.random);
  session << "UPDATE meta SET cell_id = :cell, incarnation = :incarnation WHERE incarnation = ''", soci::use(cell),
      soci::use(incarnation);
  const auto identity = read_identity(session, cell);
  if (!identity) return identity;
  if (cell != surroundings.cell)
    return base::fail(base::Errc::invalid, "the database belongs to cell " + std::to_string(cell) +
                                               ", but cell.number is " + std::to_string(surroundings.cell));
  return identity;
}

base::Result<CellIdentity> identify_foreign(soci::session& session, ServerRole role) {
  if (role == ServerRole::standby && takes_writes(session)) {
    if (const auto done = migrate(session); !done) return base::pass_on(done);
  }
  const int version = schema_version(session);
  if (version < newest_schema())
    return base::fail(base::Errc::invalid,
                      version == 0 ? "there is no store of cardea in this database yet: start the primary first"
                                   : "the database has an older schema: start this version at the primary first");
  if (const auto known = check_readable(session, version); !known) return base::pass_on(known);
  int cell = 0;
  auto identity = read_identity(session, cell);
  if (identity && identity->incarnation.empty())
    return base::fail(base::Errc::invalid,
                      "the store in this database belongs to no cell yet: start the primary first");
  return identity;
}

}  // namespace cardea::store
