#include "app/backup/transfer_progress.h"
#include "app/commands/commands.h"
#include "crypto/system_random.h"
#include "store/archive/store_check.h"

namespace cardea::app {
namespace {

base::json::array findings_of(const store::StoreReport& report) {
  base::json::array out;
  for (const auto& finding : report.findings) {
    base::json::object one{{"what", finding.what}, {"table", finding.table}};
    if (!finding.id.empty()) {
      one["tenant"] = finding.tenant;
      one["id"] = finding.id;
    }
    out.push_back(std::move(one));
  }
  return out;
}

template <class Counts>
base::json::object object_of(const Counts& counts) {
  base::json::object out;
  for (const auto& [name, count] : counts) out[name] = count;
  return out;
}

}  // namespace

int db_check(Config config, const Output& output) {
  const base::SystemClock clock;
  crypto::SystemRandom random;
  base::Result<store::StoreReport> report;
  {
    TransferProgress progress("check");
    report = store::check_store(config.store_url, {clock, random, CARDEA_VERSION, progress.callback()});
  }
  if (!report) {
    (void)output.failure(report.error());
    return 1;
  }
  output.object({{"ok", report->good()},
                 {"cell", report->store.cell},
                 {"incarnation", report->store.incarnation},
                 {"rows", object_of(report->rows)},
                 {"expired", report->expired},
                 {"wrong", object_of(report->counts)},
                 {"findings", findings_of(*report)}});
  return report->good() ? 0 : 1;
}

}  // namespace cardea::app
