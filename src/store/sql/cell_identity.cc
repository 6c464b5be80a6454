#include "store/sql/cell_identity.h"

#include "base/ulid.h"

namespace cardea::store {

base::Result<CellIdentity> identify(soci::session& session, const Surroundings& surroundings) {
  int cell = surroundings.cell;
  const std::string incarnation = base::new_ulid(surroundings.clock, surroundings.random);
  session << "UPDATE meta SET cell_id = :cell, incarnation = :incarnation WHERE incarnation = ''", soci::use(cell),
      soci::use(incarnation);
  long long ceiling = 0;
  CellIdentity identity;
  session << "SELECT cell_id, incarnation, hlc_ceiling FROM meta", soci::into(cell), soci::into(identity.incarnation),
      soci::into(ceiling);
  if (identity.incarnation.starts_with(kUnfinishedRestore))
    return base::fail(base::Errc::invalid,
                      "a restore into this database has not come to its end; run it again: cardea db restore");
  if (cell != surroundings.cell)
    return base::fail(base::Errc::invalid, "the database belongs to cell " + std::to_string(cell) +
                                               ", but cell.number is " + std::to_string(surroundings.cell));
  identity.hlc_ceiling = static_cast<std::uint64_t>(ceiling);
  return identity;
}

}  // namespace cardea::store
