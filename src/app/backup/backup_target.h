#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/archive/byte_stream.h"

namespace cardea::app {

struct StoredBackup {
  std::string name;
  std::uint64_t bytes = 0;
  base::Time made_at{};
};

// Where backups are kept. All calls may block. One thread.
class BackupTarget {
 public:
  virtual ~BackupTarget() = default;

  // For people; holds no secret.
  virtual std::string place() const = 0;
  // Whether writing there takes as long as a network does.
  virtual bool is_slow() const { return false; }
  // Of the cell, oldest first. Other files that lie there are passed over.
  virtual base::Result<std::vector<StoredBackup>> list(std::uint16_t cell) = 0;
  virtual base::Result<std::unique_ptr<store::ArchiveSink>> create(const std::string& name) = 0;
  // not_found.
  virtual base::Result<std::unique_ptr<store::ArchiveSource>> open(const std::string& name) = 0;
  virtual base::Result<void> remove(const std::string& name) = 0;
};

// "file:/path/x.cardea-backup", "file:/folder" or just the path, "s3://bucket/prefix?endpoint=https://…&region=…" with
// the credentials of `config`. invalid: says what is wrong; nothing is called yet. `clock` must outlive the target.
base::Result<std::unique_ptr<BackupTarget>> parse_target(std::string_view text, const Config& config,
                                                         const base::Clock& clock);

}  // namespace cardea::app
