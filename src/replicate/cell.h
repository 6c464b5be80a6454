#pragma once

#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/log.h"
#include "replicate/bell.h"
#include "store/alarm.h"
#include "store/database.h"

namespace cardea::replicate {

// What the parts of replication share in this process. All of it must outlive them.
struct Cell {
  store::Database& database;
  const base::Clock& clock;
  base::Log& log;
  Bell& bell;
  std::function<std::shared_ptr<store::Alarm>()> make_alarm;  // for the executor of the caller
  base::Duration look_every{50};                               // for commits of other nodes of this cell
};

}  // namespace cardea::replicate
