#include "app/backup/backup_run.h"

#include <fmt/format.h>

#include "app/backup/backup_name.h"
#include "app/seal_key.h"

namespace cardea::app {
namespace {

base::Result<std::vector<std::string>> remove_old(BackupTarget& target, std::uint16_t cell, std::uint32_t keep) {
  std::vector<std::string> removed;
  if (keep == 0) return removed;
  const auto all = target.list(cell);
  if (!all) return base::pass_on(all);
  for (std::size_t i = 0; i + keep < all->size(); ++i) {
    if (auto done = target.remove((*all)[i].name); !done) return base::pass_on(done);
    removed.push_back((*all)[i].name);
  }
  return removed;
}

}  // namespace

base::Result<store::ArchiveKeys> read_archive_keys(const Config& config) {
  auto seal_key = read_seal_key(config);
  if (!seal_key) {
    seal_key.error().reason += ": a backup and its restore need the key that the store's secrets are sealed under";
    return base::pass_on(seal_key);
  }
  const auto backup_key = read_backup_key(config);
  if (!backup_key) return base::pass_on(backup_key);
  return store::ArchiveKeys::of(*seal_key, *backup_key);
}

base::Result<BackupOutcome> run_backup(const Config& config, BackupTarget& target, std::uint32_t keep,
                                       const store::ArchiveTools& tools) {
  const auto keys = read_archive_keys(config);
  if (!keys) return base::pass_on(keys);
  BackupOutcome out{.name = BackupName::make(config.cell_number, tools.clock.now(), tools.random)};
  auto sink = target.create(out.name);
  if (!sink) return base::pass_on(sink);
  auto manifest = store::make_archive(config.store_url, *keys, **sink, tools);
  if (!manifest) return base::pass_on(manifest);
  out.manifest = std::move(*manifest);
  auto removed = remove_old(target, config.cell_number, keep);
  if (!removed)
    return base::fail(removed.error().code,
                      fmt::format("the backup {} is made, but older ones could not be removed: {}", out.name,
                                  removed.error().reason));
  out.removed = std::move(*removed);
  return out;
}

base::Result<std::string> choose_backup(BackupTarget& target, std::uint16_t cell, const std::string& name) {
  if (!name.empty()) return name;
  const auto all = target.list(cell);
  if (!all) return base::pass_on(all);
  if (all->empty())
    return base::fail(base::Errc::not_found, fmt::format("{}: there is no backup of cell {}", target.place(), cell));
  return all->back().name;
}

base::Result<store::Manifest> run_restore(const Config& config, BackupTarget& target, const std::string& name,
                                          const store::ArchiveTools& tools) {
  const auto keys = read_archive_keys(config);
  if (!keys) return base::pass_on(keys);
  return store::restore_archive([&] { return target.open(name); }, *keys, config.store_url, config.cell_number, tools);
}

}  // namespace cardea::app
