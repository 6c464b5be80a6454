#pragma once

namespace cardea::store {

// What a database on a server is to the cell that opens it. What its primary has not migrated yet is invalid where
// nothing is migrated.
enum class ServerRole {
  own,      // migrated when it is opened; its feed and its events are numbered by whoever reads them
  standby,  // it may be a replica of another cell's: left as it is while it takes no writes, its own afterwards
  guest,    // others look after it: never migrated, and nothing in it is numbered, whether it takes writes or not
};

}  // namespace cardea::store
