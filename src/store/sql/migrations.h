#pragma once

#include <soci/soci.h>

#include "base/result.h"

namespace cardea::store {

// The schema grows by numbered steps that only add (a table, an index, a column with a default); what an older version
// of the program still needs is taken away one release later. Steps never write replicated rows (REPLICATION.md §2.10).

// The schema that this program knows.
int newest_schema();

// The schema of an open database; 0 when it is empty. Throws soci::soci_error, as the next one.
int schema_version(soci::session& session);

// invalid: the makers of the schema `version` of the database say that this program cannot read it.
base::Result<void> check_readable(soci::session& session, int version);

// Brings the database to newest_schema(), each step in a transaction of its own, and gives the number of steps done.
// A newer schema is left alone when its makers say that this program can still read and write it (`meta.min_reader`);
// invalid: they say it cannot. Two processes may call it at once.
base::Result<int> migrate(soci::session& session);

}  // namespace cardea::store
