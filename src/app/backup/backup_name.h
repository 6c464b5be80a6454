#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"

namespace cardea::app {

// "cardea-<cell>-<UTC time>-<chance>.cardea-backup", so that the names of a cell sort by time.
struct BackupName {
  std::uint16_t cell = 0;
  base::Time made_at{};

  static std::string make(std::uint16_t cell, base::Time now, base::Random& random);
  // nullopt: another file; retention never touches it.
  static std::optional<BackupName> parse(std::string_view name);
};

inline constexpr std::string_view kBackupSuffix = ".cardea-backup";

}  // namespace cardea::app
