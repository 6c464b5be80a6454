#pragma once

#include <soci/soci.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/open.h"

namespace cardea::store {

// Who a migrated database belongs to.
struct CellIdentity {
  std::string incarnation;
  std::uint64_t hlc_ceiling = 0;  // above every stamp that is in it
};

// How `meta.incarnation` begins while a restore fills the database; `cell_id` is 0 then, which no program takes for its
// own.
inline constexpr std::string_view kUnfinishedRestore = "restoring ";

// The database belongs to the cell that opened it first. invalid: to another one, or a restore has not
// finished. Throws soci::soci_error.
// That of a database which may be a replica: it is the primary's, whichever cell that is, as long as nothing can be
// written; one that was promoted is migrated first. invalid: not of cardea, or of an older schema.
base::Result<CellIdentity> identify_standby(soci::session& session);
base::Result<CellIdentity> identify(soci::session& session, const Surroundings& surroundings);

}  // namespace cardea::store
