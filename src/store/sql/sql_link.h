#pragma once

#include <soci/soci.h>

#include "store/sql/dialect.h"
#include "store/sql/statement_watch.h"

namespace cardea::store {

// What statements need of a connection. All of it must outlive them.
struct SqlLink {
  SqlLink(soci::session& on, StatementWatch& watched_by) : session(on), dialect(dialect_of(on)), watch(watched_by) {}

  soci::session& session;
  const Dialect& dialect;
  StatementWatch& watch;
};

}  // namespace cardea::store
