#pragma once

#include <soci/soci.h>

#include <cstdint>
#include <string>

#include "base/result.h"
#include "store/open.h"

namespace cardea::store {

// Who a migrated database belongs to.
struct CellIdentity {
  std::string incarnation;
  std::uint64_t hlc_ceiling = 0;  // above every stamp that is in it
};

// The database belongs to the cell that opened it first. invalid: to another one. Throws soci::soci_error.
base::Result<CellIdentity> identify(soci::session& session, const Surroundings& surroundings);

}  // namespace cardea::store
