#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "model/ids.h"

namespace cardea::model {

// An entry of the append-only events table: audit trail, tenant logs, webhooks. `body` is the log record of the
// Authentication API reference §21 without the members that are columns here. Never holds a secret.
struct Event {
  std::uint64_t seq = 0;  // given by the sequencer; 0 before
  TenantId tenant;
  std::string type;  // "s", "fp", "seacft" …
  base::Time at;
  base::json::object body;
};

// Durable background work. Local to the cell.
struct Job {
  std::uint64_t id = 0;  // given by the store
  TenantId tenant;
  std::string queue;        // "mail", "backchannel_logout" …
  base::json::object body;  // secrets in it are sealed by the caller
  base::Time run_at;
  int attempts = 0;
};

}  // namespace cardea::model
