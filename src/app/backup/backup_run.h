#pragma once

#include <string>
#include <vector>

#include "app/backup/backup_target.h"
#include "app/config.h"
#include "base/result.h"
#include "store/archive/archive.h"

namespace cardea::app {

// The keys of the settings. invalid: one cannot be read. None is ever made here.
base::Result<store::ArchiveKeys> read_archive_keys(const Config& config);

struct BackupOutcome {
  std::string name;
  store::Manifest manifest;
  std::vector<std::string> removed;  // older ones, beyond `keep`
};

// One backup of the store of `config`, then the oldest of the cell beyond `keep` are removed (0 = none is).
base::Result<BackupOutcome> run_backup(const Config& config, BackupTarget& target, std::uint32_t keep,
                                       const store::ArchiveTools& tools);

// `name`, or the newest of the cell when it is empty. not_found: there is none.
base::Result<std::string> choose_backup(BackupTarget& target, std::uint16_t cell, const std::string& name);

// Fills the empty database of `config` from that backup.
base::Result<store::Manifest> run_restore(const Config& config, BackupTarget& target, const std::string& name,
                                          const store::ArchiveTools& tools);

}  // namespace cardea::app
