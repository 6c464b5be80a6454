#include "app/backup/backup_schedule.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>

#include "app/backup/backup_run.h"
#include "app/backup/spooling_target.h"

namespace cardea::app {
namespace {

constexpr base::Duration kAfterFailure = std::chrono::minutes(10);
constexpr base::Duration kLongest = std::chrono::hours(1);  // clocks are set, and others remove backups
constexpr base::Duration kShortest = std::chrono::seconds(1);

std::unexpected<base::Error> stopped() { return base::fail(base::Errc::unavailable, "the node stops"); }

// Writes no more once `stopping`.
class StoppableSink final : public store::ArchiveSink {
 public:
  StoppableSink(std::unique_ptr<store::ArchiveSink> inner, const std::atomic<bool>& stopping)
      : inner_(std::move(inner)), stopping_(stopping) {}
  base::Result<void> write(std::string_view bytes) override {
    if (stopping_) return stopped();
    return inner_->write(bytes);
  }
  base::Result<void> finish() override {
    if (stopping_) return stopped();
    return inner_->finish();
  }

 private:
  std::unique_ptr<store::ArchiveSink> inner_;
  const std::atomic<bool>& stopping_;
};

class StoppableTarget final : public BackupTarget {
 public:
  StoppableTarget(BackupTarget& inner, const std::atomic<bool>& stopping) : inner_(inner), stopping_(stopping) {}
  std::string place() const override { return inner_.place(); }
  bool is_slow() const override { return inner_.is_slow(); }
  base::Result<std::vector<StoredBackup>> list(std::uint16_t cell) override { return inner_.list(cell); }
  base::Result<std::unique_ptr<store::ArchiveSource>> open(const std::string& name) override {
    return inner_.open(name);
  }
  base::Result<void> remove(const std::string& name) override { return inner_.remove(name); }
  base::Result<std::unique_ptr<store::ArchiveSink>> create(const std::string& name) override {
    auto sink = inner_.create(name);
    if (!sink) return sink;
    return std::make_unique<StoppableSink>(std::move(*sink), stopping_);
  }

 private:
  BackupTarget& inner_;
  const std::atomic<bool>& stopping_;
};

}  // namespace

base::Result<std::unique_ptr<BackupSchedule>> BackupSchedule::open(const Config& config, const base::Clock& clock,
                                                                   base::Random& random, base::Log& log,
                                                                   base::Metrics& metrics) {
  if (config.backup_every_hours == 0) return nullptr;
  auto target = parse_target(config.backup_target, config, clock);
  if (!target) return base::fail(base::Errc::invalid, "backup.target: " + target.error().reason);
  if (const auto keys = read_archive_keys(config); !keys) return base::pass_on(keys);
  return std::unique_ptr<BackupSchedule>(new BackupSchedule(config, clock, random, log, metrics, std::move(*target)));
}

BackupSchedule::BackupSchedule(const Config& config, const base::Clock& clock, base::Random& random, base::Log& log,
                               base::Metrics& metrics, std::unique_ptr<BackupTarget> target)
    : config_(config),
      clock_(clock),
      random_(random),
      log_(log),
      metrics_(metrics),
      target_(std::move(target)),
      alarm_(store::make_alarm(context_.get_executor())),
      thread_([this] {
        boost::asio::co_spawn(context_, run(), [this](std::exception_ptr error) {
          if (error) log_.error("backups: ended by an exception");
        });
        context_.run();
      }) {}

BackupSchedule::~BackupSchedule() {
  stopping_ = true;
  alarm_->close();
  thread_.join();
}

base::awaitable<void> BackupSchedule::run() {
  while (!stopping_) {
    const auto pause = look();
    if (!stopping_) co_await alarm_->wait(pause);
  }
}

base::Result<std::optional<StoredBackup>> BackupSchedule::newest() {
  const auto all = target_->list(config_.cell_number);
  // A folder that is not there yet is made by the first backup.
  if (!all && all.error().code != base::Errc::not_found) return base::pass_on(all);
  if (!all || all->empty()) return std::optional<StoredBackup>();
  metrics_.newest(all->back().made_at, all->back().bytes);
  return std::optional(all->back());
}

base::Duration BackupSchedule::look() {
  const base::Duration every = std::chrono::hours(config_.backup_every_hours);
  const auto began = clock_.steady();
  const auto last = newest();
  if (!last) {
    metrics_.failed(since(began));
    log_.error("backups: cannot be listed", {{"reason", last.error().reason}});
    return kAfterFailure;
  }
  if (*last) {
    const auto age = clock_.now() - (*last)->made_at;
    if (age < every) return std::clamp(every - age, kShortest, kLongest);
  }
  return make() ? std::min(every, kLongest) : kAfterFailure;
}

bool BackupSchedule::make() {
  // What is written to the spool, and what is sent from there.
  StoppableTarget sent(*target_, stopping_);
  SpoolingTarget spooled(sent, config_.backup_spool_folder);
  StoppableTarget target(spooled, stopping_);
  const store::ArchiveTools tools{clock_, random_, CARDEA_VERSION};
  const auto began = clock_.steady();
  const auto made = run_backup(config_, target, config_.backup_keep, tools);
  if (stopping_) return false;
  if (!made) {
    metrics_.failed(since(began));
    log_.error("backup failed", {{"reason", made.error().reason}});
    return false;
  }
  metrics_.made(since(began));
  log_.info("backup made",
            {{"backup", made->name}, {"bytes", made->manifest.bytes}, {"removed", made->removed.size()}});
  if (const auto listed = newest(); !listed)
    log_.error("backups: cannot be listed", {{"reason", listed.error().reason}});
  return true;
}

base::Duration BackupSchedule::since(std::chrono::nanoseconds began) const {
  return std::chrono::duration_cast<base::Duration>(clock_.steady() - began);
}

}  // namespace cardea::app
