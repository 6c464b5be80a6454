#include <fmt/format.h>

#include "app/backup/backup_run.h"
#include "app/backup/spooling_target.h"
#include "app/backup/transfer_progress.h"
#include "app/commands/commands.h"
#include "crypto/system_random.h"
#include "store/archive/archive.h"

namespace cardea::app {
namespace {

// What all of these commands stand on.
struct Work {
  explicit Work(std::string_view verb) : progress(verb) {}

  base::SystemClock clock;
  crypto::SystemRandom random;
  TransferProgress progress;
  store::ArchiveTools tools{clock, random, CARDEA_VERSION, progress.callback()};
};

base::Result<std::unique_ptr<BackupTarget>> target_of(const std::string& named, const Config& config,
                                                      const base::Clock& clock) {
  const auto& text = named.empty() ? config.backup_target : named;
  if (text.empty()) return base::fail(base::Errc::invalid, "no place for backups: name one, or set backup.target");
  return parse_target(text, config, clock);
}

std::uint64_t rows_of(const store::Manifest& manifest) {
  std::uint64_t out = 0;
  for (const auto& [table, sum] : manifest.tables) out += sum.rows;
  return out;
}

base::json::object describe(const store::Manifest& manifest) {
  base::json::object tables;
  for (const auto& [table, sum] : manifest.tables) tables[table] = sum.rows;
  return {{"made_at", base::to_iso8601(manifest.made_at)},
          {"cell", manifest.store.cell},
          {"incarnation", manifest.store.incarnation},
          {"engine", manifest.engine},
          {"schema", manifest.store.schema},
          {"version", manifest.version},
          {"rows", rows_of(manifest)},
          {"tables", std::move(tables)}};
}

// A wrong setting is 2; whatever befell the work is 1, also a damaged archive.
int failed(const Output& output, const base::Error& error) {
  (void)output.failure(error);
  return 1;
}

}  // namespace

int db_backup(Config config, const std::string& target_name, std::optional<std::uint32_t> keep, const Output& output) {
  base::Result<BackupOutcome> made;
  std::string place;
  {
    Work work("backup");
    auto target = target_of(target_name, config, work.clock);
    if (!target) return output.failure(target.error());
    place = (*target)->place();
    SpoolingTarget spooled(**target, config.backup_spool_folder);
    made = run_backup(config, spooled, keep.value_or(config.backup_keep), work.tools);
  }
  if (!made) return failed(output, made.error());
  auto out = describe(made->manifest);
  out["backup"] = made->name;
  out["place"] = place;
  out["bytes"] = made->manifest.bytes;
  out["sha256"] = made->manifest.sha256;
  out["removed"] = base::to_json_array(made->removed);
  output.object(out);
  return 0;
}

int db_backups(Config config, const std::string& target_name, const Output& output) {
  const base::SystemClock clock;
  auto target = target_of(target_name, config, clock);
  if (!target) return output.failure(target.error());
  const auto all = (*target)->list(config.cell_number);
  if (!all) return failed(output, all.error());
  std::vector<base::json::object> rows;
  for (const auto& backup : *all)
    rows.push_back({{"backup", backup.name}, {"made_at", base::to_iso8601(backup.made_at)}, {"bytes", backup.bytes}});
  output.table({"backup", "made_at", "bytes"}, rows);
  return 0;
}

int db_restore(Config config, const RestoreOptions& options, const Output& output) {
  base::Result<store::Manifest> manifest;
  std::string chosen;
  {
    Work work(options.only_check ? "check" : "restore");
    auto target = target_of(options.target, config, work.clock);
    if (!target) return output.failure(target.error());
    const auto name = choose_backup(**target, config.cell_number, options.name);
    if (!name) return failed(output, name.error());
    chosen = *name;
    if (options.only_check) {
      const auto keys = read_archive_keys(config);
      if (!keys) return output.failure(keys.error());
      auto source = (*target)->open(chosen);
      if (!source) return failed(output, source.error());
      manifest = store::check_archive(**source, *keys, work.tools);
    } else {
      manifest = run_restore(config, **target, chosen, work.tools);
    }
  }
  if (!manifest) return failed(output, manifest.error());
  auto out = describe(*manifest);
  out["backup"] = chosen;
  out[options.only_check ? "checked" : "restored"] = true;
  output.object(out);
  return 0;
}

int db_copy(const std::string& from, const std::string& to, const Output& output) {
  base::Result<store::CopyReport> report;
  {
    Work work("copy");
    report = store::copy_store(from, to, work.tools);
  }
  if (!report) return failed(output, report.error());
  auto out = describe(report->copied);
  out["copied"] = true;
  out["source_changed"] = report->source_changed;
  output.object(out);
  if (!report->source_changed) return 0;
  fmt::print(stderr,
             "cardea: somebody wrote into the source meanwhile, and that is not in the copy: stop the nodes, and copy "
             "again into an empty database\n");
  return 1;
}

}  // namespace cardea::app
