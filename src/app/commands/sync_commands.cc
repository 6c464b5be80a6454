#include <boost/asio/co_spawn.hpp>
#include <map>

#include "app/commands/commands.h"
#include "app/foundation.h"
#include "app/mesh_settings.h"
#include "app/run_now.h"
#include "replicate/bell.h"
#include "replicate/quarantine.h"
#include "replicate/visit.h"

namespace cardea::app {
namespace {

using base::Errc;
using base::Result;
using base::json::object;

// This cell as a visitor of its peers. Nothing listens.
struct Visitor {
  static Result<std::unique_ptr<Visitor>> open(Config config);

  Visitor(std::unique_ptr<Foundation> opened, MeshSettings its_settings)
      : f(std::move(opened)),
        settings(std::move(its_settings)),
        bell(f->own_store()),
        cell{f->own_store(),
             *store::mesh_store_of(f->own_store()),
             f->clock,
             f->random,
             *f->log,
             bell,
             [this] { return store::make_alarm(context.get_executor()); }},
        visit(cell, settings.topology, *settings.tls, context) {}

  // Runs a coroutine to its end.
  template <class T>
  T run(base::awaitable<T> work) {
    std::optional<T> out;
    std::exception_ptr failure;
    const auto keep_open = boost::asio::make_work_guard(context);
    boost::asio::co_spawn(context, std::move(work), [&](std::exception_ptr error, T value) {
      failure = error;
      if (!error) out.emplace(std::move(value));
      context.stop();
    });
    context.restart();
    context.run();
    if (failure) std::rethrow_exception(failure);
    return std::move(*out);
  }

  std::vector<const replicate::Member*> peers() const {
    std::vector<const replicate::Member*> out;
    for (const auto& member : settings.topology.members)
      if (member.number != f->database->cell()) out.push_back(&member);
    return out;
  }

  boost::asio::io_context context{1};
  const std::unique_ptr<Foundation> f;
  const MeshSettings settings;
  replicate::Bell bell;
  const replicate::Cell cell;
  replicate::Visit visit;
};

Result<std::unique_ptr<Visitor>> Visitor::open(Config config) {
  auto settings = open_mesh_settings(config);
  if (!settings) return base::pass_on(settings);
  if (!settings->tls) return base::fail(Errc::invalid, "topology.file: not set; this cell is in no mesh");
  auto foundation = Foundation::open(std::move(config));
  if (!foundation) return base::pass_on(foundation);
  return std::make_unique<Visitor>(std::move(*foundation), std::move(*settings));
}

std::uint64_t behind(std::uint64_t applied, std::uint64_t head) { return head > applied ? head - applied : 0; }

object lane_line(const std::string& peer, const char* lane, const replicate::PeerStanding::Lane& of) {
  return {{"peer", peer},
          {"lane", lane},
          {"reachable", true},
          {"applied", of.applied_here},
          {"behind", behind(of.applied_here, of.head_there)},
          {"acknowledged", of.applied_there},
          {"unacknowledged", behind(of.applied_there, of.head_here)}};
}

std::string kind_name(store::Kind kind) {
  constexpr std::size_t kPrefix = 4;  // "rec_"
  return std::string(store::schema_of(kind).table.substr(kPrefix));
}

Result<store::QuarantineSize> quarantine_size(Foundation& f) {
  auto* mesh = store::mesh_store_of(f.own_store());
  if (mesh == nullptr) return base::fail(Errc::invalid, "cell.role: a standby has no quarantine");
  return run_now(mesh->quarantine_size());
}

}  // namespace

int sync_status(Config config, const Output& output) {
  auto visitor = Visitor::open(std::move(config));
  if (!visitor) return output.failure(visitor.error());
  auto& v = **visitor;
  const auto size = quarantine_size(*v.f);
  if (!size) return output.failure(size.error());
  std::vector<object> rows;
  bool all = true;
  for (const auto* peer : v.peers()) {
    const auto standing = v.run(v.visit.standing(*peer));
    if (!standing) {
      all = false;
      for (const char* lane : {"hot", "bulk"})
        rows.push_back(
            {{"peer", peer->id}, {"lane", lane}, {"reachable", false}, {"trouble", standing.error().reason}});
      continue;
    }
    rows.push_back(lane_line(peer->id, "hot", standing->hot));
    rows.push_back(lane_line(peer->id, "bulk", standing->bulk));
  }
  for (auto& row : rows) row["quarantine"] = size->rows;
  output.table(
      {"peer", "lane", "reachable", "applied", "behind", "acknowledged", "unacknowledged", "quarantine", "trouble"},
      rows);
  return all ? 0 : 1;
}

int sync_once(Config config, const Output& output) {
  auto visitor = Visitor::open(std::move(config));
  if (!visitor) return output.failure(visitor.error());
  auto& v = **visitor;
  bool all = true;
  std::vector<object> rows;
  for (const auto* peer : v.peers()) {
    const auto done = v.run(v.visit.exchange(*peer));
    all = all && done;
    if (done)
      rows.push_back({{"peer", peer->id},
                      {"received", done->received},
                      {"changed", done->changed},
                      {"refused", done->refused + done->held},
                      {"sent", done->sent}});
    else
      rows.push_back({{"peer", peer->id}, {"trouble", done.error().reason}});
  }
  output.table({"peer", "received", "changed", "refused", "sent", "trouble"}, rows);
  return all ? 0 : 1;
}

int sync_verify(Config config, const Output& output) {
  auto visitor = Visitor::open(std::move(config));
  if (!visitor) return output.failure(visitor.error());
  auto& v = **visitor;
  bool equal = true;
  std::vector<object> rows;
  for (const auto* peer : v.peers()) {
    const auto compared = v.run(v.visit.compare(*peer));
    for (std::size_t i = 0; i < compared.size(); ++i) {
      object row{{"peer", peer->id}, {"kind", kind_name(store::all_kinds()[i].kind)}};
      const auto& found = compared[i];
      equal = equal && found && found->repairs == 0 && found->refused == 0;
      if (found) {
        row["rows"] = found->rows;
        row["differences"] = found->differences;
        row["repairs"] = found->repairs;
        row["refused"] = found->refused;
      } else {
        row["trouble"] = found.error().reason;
      }
      rows.push_back(std::move(row));
    }
  }
  output.table({"peer", "kind", "rows", "differences", "repairs", "refused", "trouble"}, rows);
  return equal ? 0 : 1;
}

}  // namespace cardea::app
