#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "store/archive/archive_keys.h"
#include "store/archive/byte_stream.h"
#include "store/archive/manifest.h"

namespace cardea::store {

// Backup, restore and copy of the whole store of a cell, on every engine (docs/design/0013-archives.md). URLs are as in
// store.url. All of it blocks; memory does not grow with the store.

struct ArchiveTools {
  const base::Clock& clock;
  base::Random& random;
  std::string version;  // of this program
  // Called now and then.
  std::function<void(std::string_view table, std::uint64_t rows)> progress = [](std::string_view, std::uint64_t) {};
};

// The store as it is at one moment, while others read and write it. The sink is finished when it succeeds.
base::Result<Manifest> make_archive(std::string_view url, const ArchiveKeys& keys, ArchiveSink& sink,
                                    const ArchiveTools& tools);

// Reads all of it: opens every seal, counts every row, compares every digest.
base::Result<Manifest> check_archive(ArchiveSource& source, const ArchiveKeys& keys, const ArchiveTools& tools);

// Checks the archive, and only then fills the empty database and reads everything back; the store gets a new
// incarnation, which the manifest then says. invalid: another `cell`, or the archive is not good: then nothing was
// touched. already_exists, conflict: as StoreLoader::claim. Whatever fails later is taken back.
base::Result<Manifest> restore_archive(const OpenSource& open, const ArchiveKeys& keys, std::string_view url,
                                       std::uint16_t cell, const ArchiveTools& tools);

struct CopyReport {
  Manifest copied;              // `store`, `tables`
  bool source_changed = false;  // somebody wrote there meanwhile: that is not in the copy
};

// From one store into an empty database. The deployment moves: cell and incarnation stay. Counts and digests of both
// sides were compared when it succeeds.
base::Result<CopyReport> copy_store(std::string_view from, std::string_view to, const ArchiveTools& tools);

}  // namespace cardea::store
