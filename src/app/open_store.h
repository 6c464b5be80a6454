#pragma once

#include <memory>

#include "app/config.h"
#include "base/metrics.h"
#include "base/result.h"
#include "store/open.h"
#include "store/replicas/replica_reads.h"
#include "store/sql/store_metrics.h"
#include "store/standby/standby_database.h"

namespace cardea::app {

struct OpenedStore {
  std::unique_ptr<store::Database> database;
  std::unique_ptr<store::ReplicaReads> replicas;  // over it; nullptr without `store.replicas`
  store::StandbyDatabase* standby = nullptr;      // `database`, when this cell is a standby
};

// Opens the database of `store.url` and migrates it; of a standby that of `store.side_url` too. The one place that
// names the backends. `metrics`, and with replicas `config` and what `surroundings` refer to, must outlive the store.
base::Result<OpenedStore> open_store(const Config& config, const store::Surroundings& surroundings,
                                     base::Metrics& metrics);

// The database of `store.side_url`, which must be set.
base::Result<std::unique_ptr<store::Database>> open_side(const Config& config, const store::Surroundings& surroundings,
                                                         store::StoreMetrics metrics = {});

}  // namespace cardea::app
