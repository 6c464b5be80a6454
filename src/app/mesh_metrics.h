#pragma once

#include "base/clock.h"
#include "base/metrics.h"
#include "replicate/mesh.h"
#include "replicate/receipt_book.h"

namespace cardea::app {

// What Prometheus is told of each lane of each peer (REPLICATION.md §2.18).
void report(base::Metrics& metrics, const replicate::PeerStatus& status, base::Time now);
// How long critical writes waited for other cells, and in vain.
void report(base::Metrics& metrics, const replicate::ReceiptBook& receipts);
// And of what the node does beside following. `peers`: the statuses, for their names.
void report(base::Metrics& metrics, const replicate::UpkeepStatus& status,
            const std::vector<replicate::PeerStatus>& peers, base::Time now);

}  // namespace cardea::app
