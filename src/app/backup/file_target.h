#pragma once

#include <memory>
#include <string>

#include "app/backup/backup_target.h"

namespace cardea::app {

// A folder, which is made (mode 0700) by the first backup, or one file when the path ends as backups do; that is
// written over. A backup has its name only when all of it is on the disk; until then it is beside it as "….partial".
std::unique_ptr<BackupTarget> open_file_target(std::string path);

}  // namespace cardea::app
