#pragma once

#include <optional>

#include "app/config.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/seal.h"

namespace cardea::app {

// The key of this cell that wraps the tenants' data keys: seal.key, else seal.key_file, else, beside a SQLite file,
// "<database>.seal-key", made at the first start (mode 0600). invalid: says what to do; also when everybody may write
// the file.
base::Result<crypto::SealKey> open_seal_key(const Config& config, base::Random& random);

// The same, without making one: what is sealed already needs the key that it has.
base::Result<crypto::SealKey> read_seal_key(const Config& config);

// Files of keys that others than their owner may read, for a warning: some places, such as secrets that Kubernetes
// mounts, do not let one choose.
std::vector<std::string> shared_key_files(const Config& config);

// backup.key, else backup.key_file, which not everybody may write; nullopt: neither is set, backups are sealed by the
// key of the cell.
base::Result<std::optional<crypto::SealKey>> read_backup_key(const Config& config);

}  // namespace cardea::app
