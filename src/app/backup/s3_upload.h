#pragma once

#include <memory>
#include <string>

#include "app/backup/s3_client.h"
#include "store/archive/byte_stream.h"

namespace cardea::app {

// An object in one request when it is small, else in parts of 16 MiB and more, of which some megabytes are in memory.
// It exists when finish() has succeeded, whole; one that fails is aborted, so that its parts cost nothing. `client`
// must outlive it.
std::unique_ptr<store::ArchiveSink> open_s3_upload(S3Client& client, std::string key);

}  // namespace cardea::app
