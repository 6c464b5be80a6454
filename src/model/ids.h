#pragma once

#include <cstdint>

#include "base/id.h"

namespace cardea::model {

// Internal ids are ULIDs minted by the writer and never reused (REPLICATION.md §2.2). Public ids, which APIs show
// (`client_id`, `user_id`, `con_…`), are names that a claim binds to a row.
using TenantId = base::Id<struct TenantIdTag>;    // internal ULID; kSystemTenant is "system"
using UserKey = base::Id<struct UserKeyTag>;      // internal ULID of a user row
using UserId = base::Id<struct UserIdTag>;        // public: "auth0|5f7c8ec7c33c6c004bbafe82"
using ClientId = base::Id<struct ClientIdTag>;    // public: 32 alphanumerics
using SessionId = base::Id<struct SessionIdTag>;  // public in the `sid` claim
using FamilyId = base::Id<struct FamilyIdTag>;    // refresh-token family
using KeyId = base::Id<struct KeyIdTag>;          // `kid`
using Generation = std::uint64_t;                 // of a refresh-token family, from 1
using CellNumber = std::uint16_t;                 // 1–65535

// Holds the operators and the rows that belong to no tenant (the tenants themselves).
inline const TenantId kSystemTenant{"system"};

}  // namespace cardea::model
