#include "store/archive/archive_keys.h"

#include "store/archive/big_endian.h"

namespace cardea::store {

ArchiveKeys ArchiveKeys::of(const crypto::SealKey& seal_key, const std::optional<crypto::SealKey>& backup_key) {
  const auto check = seal_key.derive("archive: which seal key");
  return {.wrapping = backup_key.value_or(seal_key).derive("archive: data key"),
          .name = backup_key ? "backup.key" : "seal.key",
          .seal_check = to_hex(check.bytes().substr(0, 8))};
}

}  // namespace cardea::store
