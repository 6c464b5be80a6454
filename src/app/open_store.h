#pragma once

#include <memory>

#include "app/config.h"
#include "base/metrics.h"
#include "base/result.h"
#include "store/open.h"
#include "store/replicas/replica_reads.h"
#include "store/standby/standby_database.h"

namespace cardea::app {

struct OpenedStore {
  std::unique_ptr<store::Database> database;
  std::unique_ptr<store::ReplicaReads> replicas;  // over it; nullptr without `store.replicas`
  store::StandbyDatabase* standby = nullptr;      // `database`, when this cell is a standby
};

// Opens the database of `store.url` and migrates it; of a standby that of `store.side_url` too. The one place that
// names the backends. `metrics` must outlive the result.
base::Result<OpenedStore> open_store(const Config& config, const store::Surroundings& surroundings,
                                     base::Metrics& metrics);

}  // namespace cardea::app
