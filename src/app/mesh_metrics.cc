#include "app/mesh_metrics.h"

#include <chrono>

namespace cardea::app {

void report(base::Metrics& metrics, const replicate::PeerStatus& status, base::Time now) {
  const base::Labels labels{{"peer", status.id}, {"lane", status.lane == store::Lane::hot ? "hot" : "bulk"}};
  const auto set = [&](const char* name, const char* help, double value) { metrics.gauge(name, help, labels).set(value); };
  const auto& followed = status.followed;
  set("cardea_repl_connected", "Whether the lane of the peer is followed now", status.connected ? 1 : 0);
  set("cardea_repl_behind_changes", "Changes of the peer that are not applied here", static_cast<double>(followed.behind()));
  if (followed.closed != base::Time{})
    set("cardea_repl_staleness_seconds", "All that the peer had committed so long ago is applied here",
        std::chrono::duration<double>(now - followed.closed).count());
  set("cardea_repl_rows_received", "Rows that came from the peer since the start", static_cast<double>(followed.rows));
  set("cardea_repl_rows_applied", "Those of them that changed something here", static_cast<double>(followed.changed));
  set("cardea_repl_rows_refused", "Those of them that could not be taken", static_cast<double>(followed.refused));
  set("cardea_repl_rows_acknowledged", "Rows of ours that the peer has applied durably since the start",
      static_cast<double>(status.acknowledged));
}

}  // namespace cardea::app
