#pragma once

#include <string>
#include <string_view>

#include "app/backup/s3_client.h"
#include "app/config.h"
#include "base/result.h"

namespace cardea::app {

struct S3Bucket {
  S3Place place;
  std::string prefix;  // "" or ends with '/'
  std::string shown;   // "s3://bucket/prefix", for people
};

// Reads "s3://…" (app/backup/s3_target.h). invalid: says what is wrong.
base::Result<S3Bucket> parse_s3_place(std::string_view text, const Config& config);

}  // namespace cardea::app
