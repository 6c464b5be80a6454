// What a server that calls itself S3 answers.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "app/backup/backup_name.h"
#include "app/backup/s3_answers.h"
#include "base/percent.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cardea;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto listing = app::parse_listing(text)) {
    for (const auto& object : listing->objects) {
      if (!base::is_utf8(object.key)) std::abort();
      static_cast<void>(app::BackupName::parse(object.key).has_value());
    }
  }
  if (app::s3_error_code(text).find_first_of("\r\n\"<>") != std::string::npos) std::abort();
  static_cast<void>(app::s3_element(text, "UploadId").has_value());
  return 0;
}
