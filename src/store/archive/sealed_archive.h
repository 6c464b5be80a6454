#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "store/archive/archive_keys.h"
#include "store/archive/byte_stream.h"
#include "store/archive/manifest.h"

namespace cardea::store {

// The outer form of an archive (docs/design/0013-archives.md):
//
//   "CARDEA-ARCHIVE\n"  4 bytes: length  JSON: format, key, wrapped data key
//   chunks: 4 bytes: length, highest bit = last one;  sealed piece of the compressed content
//   4 bytes: length  manifest, JSON in clear  32 bytes: HMAC of it and of the header
//
// Nothing that is read is given out before it is authenticated.

class SealedOutput {
 public:
  // `sink` must outlive it.
  static base::Result<std::unique_ptr<SealedOutput>> open(ArchiveSink& sink, const ArchiveKeys& keys,
                                                          base::Random& random);
  virtual ~SealedOutput() = default;

  virtual base::Result<void> write(std::string_view content) = 0;
  // Fills in `bytes` and `sha256`, and finishes the sink too.
  virtual base::Result<void> finish(Manifest& manifest) = 0;
};

class SealedInput {
 public:
  // `source` must outlive it. invalid: no archive, of a newer version, or sealed by another key than `keys` have.
  static base::Result<std::unique_ptr<SealedInput>> open(ArchiveSource& source, const ArchiveKeys& keys);
  virtual ~SealedInput() = default;

  // Exactly so many bytes of the content, at most kMaxPiece. invalid: damaged, changed, or cut off.
  virtual base::Result<std::string> read(std::size_t bytes) = 0;
  // At the end of the content. invalid: there is more of it, or something follows the manifest.
  virtual base::Result<Manifest> finish() = 0;

  static constexpr std::size_t kMaxPiece = std::size_t{64} << 20;
};

}  // namespace cardea::store
