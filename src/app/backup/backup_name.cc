#include "app/backup/backup_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace cardea::app {
namespace {

// "2026-01-31T10:00:00.123Z" without what file names should not have.
std::string compact(base::Time time) {
  std::string out = base::to_iso8601(time);
  std::erase_if(out, [](char c) { return c == '-' || c == ':' || c == '.'; });
  return out;
}

std::optional<base::Time> read_compact(std::string_view t) {
  if (t.size() != 19) return std::nullopt;
  return base::from_iso8601(fmt::format("{}-{}-{}:{}:{}.{}", t.substr(0, 4), t.substr(4, 2), t.substr(6, 5),
                                        t.substr(11, 2), t.substr(13, 2), t.substr(15)));
}

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::string BackupName::make(std::uint16_t cell, base::Time now, base::Random& random) {
  return fmt::format("cardea-{}-{}-{}{}", cell, compact(now), base::random_hex(random, 3), kBackupSuffix);
}

std::optional<BackupName> BackupName::parse(std::string_view name) {
  constexpr std::string_view kPrefix = "cardea-";
  if (!name.starts_with(kPrefix) || !name.ends_with(kBackupSuffix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  name.remove_suffix(kBackupSuffix.size());
  BackupName out;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), out.cell);
  if (error != std::errc{} || out.cell == 0) return std::nullopt;
  name.remove_prefix(static_cast<std::size_t>(end - name.data()));
  if (name.size() != 1 + 19 + 1 + 6 || name[0] != '-' || name[20] != '-' || !is_hex(name.substr(21)))
    return std::nullopt;
  const auto time = read_compact(name.substr(1, 19));
  if (!time) return std::nullopt;
  out.made_at = *time;
  return out;
}

}  // namespace cardea::app
