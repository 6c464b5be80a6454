#include "app/backup/backup_metrics.h"

namespace cardea::app {
namespace {

double seconds(base::Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

BackupMetrics::BackupMetrics(base::Metrics& metrics)
    : last_success_(metrics.gauge("cardea_backup_last_success_timestamp_seconds",
                                  "When the newest backup at the target was begun, in Unix time; 0: there is none")),
      bytes_(metrics.gauge("cardea_backup_last_success_bytes", "How long the newest backup at the target is")),
      duration_(metrics.gauge("cardea_backup_last_duration_seconds",
                              "How long the last backup of this node took, made or failed")),
      made_(metrics.counter("cardea_backups_total", "Backups that this node made")),
      failed_(metrics.counter("cardea_backup_failures_total",
                              "Backups of this node that failed, and looks at a target that did not answer")) {}

void BackupMetrics::newest(base::Time made_at, std::uint64_t bytes) const {
  last_success_.set(seconds(made_at.time_since_epoch()));
  bytes_.set(static_cast<double>(bytes));
}

void BackupMetrics::made(base::Duration took) const {
  duration_.set(seconds(took));
  made_.add();
}

void BackupMetrics::failed(base::Duration took) const {
  duration_.set(seconds(took));
  failed_.add();
}

}  // namespace cardea::app
