#include "app/commands/commands.h"
#include "app/foundation.h"
#include "app/run_now.h"
#include "replicate/bell.h"
#include "replicate/quarantine.h"

namespace cardea::app {
namespace {

using base::Errc;
using base::Result;
using base::json::object;

constexpr std::size_t kPage = 100;

struct Opened {
  std::unique_ptr<Foundation> f;
  store::MeshStore* mesh = nullptr;
};

Result<Opened> open(Config config) {
  auto foundation = Foundation::open(std::move(config));
  if (!foundation) return base::pass_on(foundation);
  auto* mesh = store::mesh_store_of((*foundation)->own_store());
  if (mesh == nullptr) return base::fail(Errc::invalid, "cell.role: a standby has no quarantine");
  return Opened{std::move(*foundation), mesh};
}

// All of it, page by page.
Result<void> each(store::MeshStore& mesh, const std::function<void(const store::Quarantined&)>& use) {
  for (std::string after;;) {
    const auto rows = run_now(mesh.quarantined(after, kPage));
    if (!rows) return base::pass_on(rows);
    if (rows->empty()) return {};
    for (const auto& row : *rows) use(row);
    after = rows->back().slot;
  }
}

}  // namespace

int quarantine_list(Config config, const Output& output) {
  auto opened = open(std::move(config));
  if (!opened) return output.failure(opened.error());
  std::vector<object> rows;
  const auto done = each(*opened->mesh, [&](const store::Quarantined& row) {
    rows.push_back({{"slot", row.slot},
                    {"peer", row.peer},
                    {"lane", row.lane == store::Lane::hot ? "hot" : "bulk"},
                    {"kind", row.kind},
                    {"tenant", row.tenant},
                    {"id", row.id},
                    {"bytes", row.bytes.size()},
                    {"reason", row.reason},
                    {"at", base::to_iso8601(row.at)},
                    {"held", row.due != base::Time{}}});
  });
  if (!done) return output.failure(done.error());
  output.table({"slot", "peer", "lane", "kind", "tenant", "id", "bytes", "reason", "at", "held"}, rows);
  return 0;
}

int quarantine_retry(Config config, const Output& output) {
  auto opened = open(std::move(config));
  if (!opened) return output.failure(opened.error());
  auto& f = *opened->f;
  replicate::Bell bell(*f.database);
  const replicate::Cell cell{*f.database, *opened->mesh, f.clock, f.random, *f.log, bell, [] { return nullptr; }};
  const auto retried = run_now(replicate::retry_quarantine(cell));
  if (!retried) return output.failure(retried.error());
  output.object({{"tried", retried->tried}, {"taken", retried->taken}});
  return 0;
}

int quarantine_drop(Config config, const std::string& slot, const Output& output) {
  auto opened = open(std::move(config));
  if (!opened) return output.failure(opened.error());
  std::vector<std::string> slots{slot};
  if (slot == "all") {
    slots.clear();
    if (auto done = each(*opened->mesh, [&](const auto& row) { slots.push_back(row.slot); }); !done)
      return output.failure(done.error());
  }
  std::uint64_t dropped = 0;
  const auto done = run_now(opened->mesh->apply([&](store::Transaction&, store::PeerTables& tables) -> Result<void> {
    dropped = 0;
    for (const auto& one : slots) dropped += tables.release(one) ? 1 : 0;
    return {};
  }));
  if (!done) return output.failure(done.error());
  if (slot != "all" && dropped == 0)
    return output.failure({Errc::not_found, "no such slot; see: cardea sync quarantine list"});
  output.object({{"dropped", dropped}});
  return 0;
}

}  // namespace cardea::app
