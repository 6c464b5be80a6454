#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <thread>

#include "app/backup/backup_metrics.h"
#include "app/backup/backup_target.h"
#include "app/config.h"
#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "store/alarm.h"

namespace cardea::app {

// backup.every_hours: a thread of its own that makes a backup whenever the newest at the target is that old, whoever
// made it. So the nodes of a cell share the work; two that look at the same moment make one each.
class BackupSchedule {
 public:
  // nullptr: none is wanted. invalid: backup.target or a key. All must outlive it.
  static base::Result<std::unique_ptr<BackupSchedule>> open(const Config& config, const base::Clock& clock,
                                                            base::Random& random, base::Log& log,
                                                            base::Metrics& metrics);
  // Ends a backup that is under way; it leaves nothing behind.
  ~BackupSchedule();

 private:
  BackupSchedule(const Config& config, const base::Clock& clock, base::Random& random, base::Log& log,
                 base::Metrics& metrics, std::unique_ptr<BackupTarget> target);

  base::awaitable<void> run();
  // Gives how long to wait then.
  base::Duration look();
  // At the target, of this cell; nullopt: there is none.
  base::Result<std::optional<StoredBackup>> newest();
  // Whether it is made.
  bool make();
  base::Duration since(std::chrono::nanoseconds began) const;

  const Config& config_;
  const base::Clock& clock_;
  base::Random& random_;
  base::Log& log_;
  const BackupMetrics metrics_;
  const std::unique_ptr<BackupTarget> target_;
  std::atomic<bool> stopping_ = false;
  boost::asio::io_context context_{1};
  std::shared_ptr<store::Alarm> alarm_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace cardea::app
