#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/async.h"
#include "base/json.h"
#include "base/result.h"
#include "store/record.h"
#include "store/tenant_keys.h"

namespace cardea::store {

class Database;

// Unique names (REPLICATION.md §2.6). A claim is a row of its own; its document maps the ULID of each attempt to hold
// the name to a candidate. The first verified, else the first candidate that is not released holds the name, so that
// every cell finds the same holder whatever the order in which it hears of them.

// One attempt to hold a name.
struct Candidate {
  std::string row;            // id of the row that wants it
  std::string attempt;        // ULID
  std::int64_t verified = 0;  // HLC at which the person proved that the name is theirs; 0 = did not
  std::int64_t created = 0;   // HLC
  model::CellNumber cell = 0;
  bool released = false;
};

// Row id of the claim: an HMAC, so that it tells nothing about the name. not_found: the tenant's key is not known.
base::Result<std::string> claim_id(const TenantKeys& keys, const model::TenantId& tenant, std::string_view attribute,
                                   std::string_view value);

// Who holds the name; nullopt when nobody does.
std::optional<Candidate> winner_of(const base::json::object& candidates);
// The newest attempt of the row that is not released.
std::optional<Candidate> candidate_of(const base::json::object& candidates, std::string_view row);

// The row that holds the name, outside of a unit of work: Database::holder for engines that read it from a row.
base::awaitable<base::Result<std::string>> find_holder(Database& database, const TenantKeys& keys,
                                                       model::TenantId tenant, std::string attribute,
                                                       std::string value);

// One attempt as two cells know it: verified as early as either knows, released when either knows it.
base::json::object merge_candidate(std::string_view attempt, const base::json::object& a, const base::json::object& b);

// Writes a candidate into the map. Of released ones the newest 256 are kept, as people may change a name often.
void put_candidate(base::json::object& candidates, const Candidate& candidate);

}  // namespace cardea::store
