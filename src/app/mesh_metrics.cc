#include "app/mesh_metrics.h"

#include <chrono>

namespace cardea::app {

void report(base::Metrics& metrics, const replicate::PeerStatus& status, base::Time now) {
  const base::Labels labels{{"peer", status.id}, {"lane", status.lane == store::Lane::hot ? "hot" : "bulk"}};
  const auto set = [&](const char* name, const char* help, double value) {
    metrics.gauge(name, help, labels).set(value);
  };
  const auto& followed = status.followed;
  set("cardea_repl_connected", "Whether the lane of the peer is followed now", status.connected ? 1 : 0);
  set("cardea_repl_behind_changes", "Changes of the peer that are not applied here",
      static_cast<double>(followed.behind()));
  if (followed.closed != base::Time{})
    set("cardea_repl_staleness_seconds", "All that the peer had committed so long ago is applied here",
        std::chrono::duration<double>(now - followed.closed).count());
  set("cardea_repl_rows_received", "Rows that came from the peer since the start", static_cast<double>(followed.rows));
  set("cardea_repl_rows_applied", "Those of them that changed something here", static_cast<double>(followed.changed));
  set("cardea_repl_rows_refused", "Those of them that went into the quarantine", static_cast<double>(followed.refused));
  set("cardea_repl_rows_held", "Those of them that were held back as they are ahead of our clock",
      static_cast<double>(followed.held));
  set("cardea_repl_rows_acknowledged", "Rows of ours that the peer has applied durably since the start",
      static_cast<double>(status.acknowledged));
}

void report(base::Metrics& metrics, const replicate::ReceiptBook& receipts) {
  const auto set = [&](const char* name, const char* help, double value) { metrics.gauge(name, help).set(value); };
  const auto totals = receipts.totals();
  set("cardea_semisync_waits", "Critical writes that waited for other cells", static_cast<double>(totals.waited));
  set("cardea_semisync_wait_seconds_sum", "How long they waited, all together", totals.seconds);
  set("cardea_semisync_refused", "Those that were refused because too few confirmed them in time",
      static_cast<double>(totals.refused));
  set("cardea_semisync_unprotected", "Those that were answered all the same", static_cast<double>(totals.degraded));
  set("cardea_semisync_degraded", "Whether writes are answered now that no other cell may have",
      receipts.degraded_since() ? 1 : 0);
}

void report(base::Metrics& metrics, const replicate::UpkeepStatus& status,
            const std::vector<replicate::PeerStatus>& peers, base::Time now) {
  const auto set = [&](const char* name, const char* help, double value, const base::Labels& labels = {}) {
    metrics.gauge(name, help, labels).set(value);
  };
  set("cardea_repl_quarantine_rows", "Rows of peers that wait outside: expected 0",
      static_cast<double>(status.quarantine.rows));
  set("cardea_repl_held_rows", "Those of them that wait for our clock", static_cast<double>(status.quarantine.held));
  set("cardea_repl_recovering", "Whether this store was set back and takes no writes", status.recovering ? 1 : 0);
  set("cardea_repl_tombstones_collected_total", "Tombstones that this node has removed",
      static_cast<double>(status.tombstones_collected));
  for (const auto& peer : peers) {
    const auto found = status.comparisons.find(peer.peer);
    if (peer.lane != store::Lane::hot || found == status.comparisons.end()) continue;
    const base::Labels labels{{"peer", peer.id}};
    const auto& compared = found->second;
    set("cardea_repl_antientropy_passes_total", "Comparisons of one kind that came to their end",
        static_cast<double>(compared.passes), labels);
    set("cardea_repl_antientropy_rows_total", "Rows that were compared", static_cast<double>(compared.rows), labels);
    set("cardea_repl_antientropy_repairs_total", "Rows that the feed should have brought and had not: expected 0",
        static_cast<double>(compared.repairs), labels);
    if (compared.last != base::Time{})
      set("cardea_repl_antientropy_age_seconds", "Since the last comparison began",
          std::chrono::duration<double>(now - compared.last).count(), labels);
  }
}

}  // namespace cardea::app
