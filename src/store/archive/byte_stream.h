#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cardea::store {

// Where an archive is written: a file, an object of a store … One thread. All calls may block.
class ArchiveSink {
 public:
  // One that was not finished leaves nothing behind that could be taken for a backup.
  virtual ~ArchiveSink() = default;
  virtual base::Result<void> write(std::string_view bytes) = 0;
  // Everything is there, durably, under its name.
  virtual base::Result<void> finish() = 0;
};

// The same for reading. One thread. All calls may block.
class ArchiveSource {
 public:
  virtual ~ArchiveSource() = default;
  // Up to `most` bytes; empty at the end.
  virtual base::Result<std::string> read(std::size_t most) = 0;
};

// A restore reads twice: once to trust, once to load.
using OpenSource = std::function<base::Result<std::unique_ptr<ArchiveSource>>()>;

}  // namespace cardea::store
