#include "base/embedded_files.h"

#include <algorithm>

namespace cardea::base {

// embedded_files() itself is in the source that tools/embed_files.py makes.

const EmbeddedFile* find_embedded_file(std::string_view path) {
  const auto files = embedded_files();
  const auto at = std::ranges::lower_bound(files, path, {}, &EmbeddedFile::path);
  return at != files.end() && at->path == path ? &*at : nullptr;
}

std::optional<std::string_view> embedded_file(std::string_view path) {
  const EmbeddedFile* file = find_embedded_file(path);
  if (file == nullptr) return std::nullopt;
  return file->content;
}

}  // namespace cardea::base
