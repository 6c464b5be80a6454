#pragma once

#include <memory>
#include <string_view>

#include "app/backup/backup_target.h"

namespace cardea::app {

// "s3://bucket/prefix?region=eu-central-1&endpoint=https://host:port". Without an endpoint Amazon's of the region, with
// the bucket in the host; at another endpoint the bucket is part of the path. Plain http only to this machine, or with
// plain_http=true. Credentials: backup.s3_access_key and backup.s3_secret_key.
base::Result<std::unique_ptr<BackupTarget>> open_s3_target(std::string_view text, const Config& config,
                                                           const base::Clock& clock);

}  // namespace cardea::app
