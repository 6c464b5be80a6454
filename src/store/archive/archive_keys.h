#pragma once

#include <optional>
#include <string>

#include "crypto/seal.h"

namespace cardea::store {

// What opens archives. Each archive has a data key of its own, wrapped by a key that derives from `backup.key`, else
// from the cell's `seal.key`.
struct ArchiveKeys {
  crypto::SealKey wrapping;
  std::string name;        // of the setting, so that an archive can say which key it needs
  std::string seal_check;  // tells two seal keys apart and nothing else: rows stay sealed under the one they had

  static ArchiveKeys of(const crypto::SealKey& seal_key, const std::optional<crypto::SealKey>& backup_key);
};

}  // namespace cardea::store
