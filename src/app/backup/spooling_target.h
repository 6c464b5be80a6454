#pragma once

#include <string>

#include "app/backup/backup_target.h"

namespace cardea::app {

// Another target, written to only when all of a backup has been read from the database: until then it lies, sealed, in
// a file without a name that goes with its process. A slow target would keep the database's snapshot open for as long
// as the network takes. Targets that are not slow are written to at once.
class SpoolingTarget final : public BackupTarget {
 public:
  // `inner` must outlive it and its sinks. `folder` "": slow targets are written to at once, too.
  SpoolingTarget(BackupTarget& inner, std::string folder) : inner_(inner), folder_(std::move(folder)) {}

  std::string place() const override { return inner_.place(); }
  base::Result<std::vector<StoredBackup>> list(std::uint16_t cell) override { return inner_.list(cell); }
  base::Result<std::unique_ptr<store::ArchiveSource>> open(const std::string& name) override {
    return inner_.open(name);
  }
  base::Result<void> remove(const std::string& name) override { return inner_.remove(name); }
  // invalid: nothing can be written into the folder.
  base::Result<std::unique_ptr<store::ArchiveSink>> create(const std::string& name) override;

 private:
  BackupTarget& inner_;
  const std::string folder_;
};

}  // namespace cardea::app
