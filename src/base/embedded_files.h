#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace cardea::base {

// A file of web/ that was compiled into the program, so that the binary needs nothing beside it.
struct EmbeddedFile {
  std::string_view path;  // below web/, e.g. "login/texts/en.json"
  std::string_view content;
  std::string_view
      content_hash;  // first 12 hex digits of the SHA-256 of the content; for names that may be cached forever
};

// All of them, sorted by path. Lives as long as the program. Any thread.
std::span<const EmbeddedFile> embedded_files();

// nullptr when there is no such file. Any thread.
const EmbeddedFile* find_embedded_file(std::string_view path);

// The content alone.
std::optional<std::string_view> embedded_file(std::string_view path);

}  // namespace cardea::base
