#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "replicate/bell.h"
#include "store/alarm.h"
#include "store/database.h"
#include "store/mesh_store.h"

namespace cardea::replicate {

// What the parts of replication share in this process. All of it must outlive them.
struct Cell {
  store::Database& database;
  store::MeshStore& mesh;  // of the same store
  const base::Clock& clock;
  base::Random& random;
  base::Log& log;
  Bell& bell;
  std::function<std::shared_ptr<store::Alarm>()> make_alarm;  // for the executor of the caller
  base::Duration look_every{50};                              // for commits of other nodes of this cell
};

// The name under which a cell keeps its position in the feed of a peer. Another store of either has another one: what
// was restored, or set back, begins anew.
inline std::string follower_of(const store::Database& database, model::CellNumber peer,
                               const std::string& peer_incarnation) {
  return std::to_string(peer) + "." + peer_incarnation + "@" + database.incarnation();
}

}  // namespace cardea::replicate
