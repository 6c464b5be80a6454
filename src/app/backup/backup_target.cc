#include "app/backup/backup_target.h"

#include "app/backup/file_target.h"
#include "app/backup/s3_target.h"

namespace cardea::app {

base::Result<std::unique_ptr<BackupTarget>> parse_target(std::string_view text, const Config& config,
                                                         const base::Clock& clock) {
  if (text.starts_with("s3:")) return open_s3_target(text, config, clock);
  if (text.starts_with("file:")) text.remove_prefix(5);
  if (text.starts_with("//")) text.remove_prefix(2);
  if (text.empty() || text.find("://") != std::string_view::npos || text.find('\0') != std::string_view::npos)
    return base::fail(
        base::Errc::invalid,
        "not a place for backups: file:/folder, file:/folder/x.cardea-backup or s3://bucket/prefix?… expected");
  return open_file_target(std::string(text));
}

}  // namespace cardea::app
