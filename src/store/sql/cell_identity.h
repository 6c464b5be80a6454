#pragma once

#include <soci/soci.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/open.h"
#include "store/sql/server_role.h"

namespace cardea::store {

// Who a migrated database belongs to.
struct CellIdentity {
  std::string incarnation;
  std::uint64_t hlc_ceiling = 0;  // above every stamp that is in it
};

// How `meta.incarnation` begins while a restore fills the database; `cell_id` is 0 then, which no program takes for its
// own.
inline constexpr std::string_view kUnfinishedRestore = "restoring ";

// Of a database which may be another cell's: whose it is does not matter. One for a standby is migrated when it takes
// writes, since it was promoted. invalid: not of cardea, of an older schema or a newer one that this program cannot
// read, or a restore has not finished. Throws soci::soci_error, as the next one.
base::Result<CellIdentity> identify_foreign(soci::session& session, ServerRole role);
// The database belongs to the cell that opened it first. invalid: to another one, or a restore has not finished.
base::Result<CellIdentity> identify(soci::session& session, const Surroundings& surroundings);

}  // namespace cardea::store
