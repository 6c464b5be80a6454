#include "store/sql/store_metrics.h"

namespace cardea::store {

StoreMetrics::StoreMetrics(base::Metrics& metrics, const std::string& store) {
  const base::Labels labels{{"store", store}};
  series_ = std::make_shared<const Series>(Series{
      .open = metrics.gauge("cardea_store_connections_open", "Connections to the database that are open", labels),
      .in_use = metrics.gauge("cardea_store_connections_in_use", "Connections that answer a call now", labels),
      .waiting = metrics.gauge("cardea_store_calls_waiting", "Calls that wait for a connection", labels),
      .slow = metrics.counter("cardea_store_slow_statements_total", "Statements that took store.slow_ms or longer",
                              labels)});
}

}  // namespace cardea::store
