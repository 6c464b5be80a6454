#include "replicate/upkeep.h"

#include "replicate/quarantine.h"
#include "replicate/tombstones.h"

namespace cardea::replicate {
namespace {

using base::awaitable;
using base::Result;

// The first comparison waits until a start has calmed down; peers take turns.
constexpr std::chrono::seconds kFirst{30}, kBetweenPeers{7}, kAgain{60};
constexpr std::chrono::hours kCollectEvery{1}, kRetryEvery{1};
// A comparison that nobody waits for works one part in five of its time.
constexpr unsigned kRest = 4;

}  // namespace

Upkeep::Upkeep(const Cell& cell, const Topology& topology, Settings settings)
    : cell_(cell),
      topology_(topology),
      settings_(settings),
      recovery_(cell),
      next_collection_(cell.clock.steady() + kFirst),
      next_retry_(cell.clock.steady() + kRetryEvery) {
  std::chrono::seconds first = kFirst;
  for (const auto& member : topology.members) {
    if (member.number == cell.database.cell()) continue;
    status_.comparisons[member.number];
    for (const auto& schema : store::all_kinds())
      next_[{member.number, schema.kind}] =
          cell.clock.steady() + std::min<std::chrono::nanoseconds>(first, every(schema.kind));
    first += kBetweenPeers;
  }
}

base::Duration Upkeep::every(store::Kind kind) const {
  return store::life_class(store::schema_of(kind)) == store::DataClass::c1 ? settings_.critical_every
                                                                           : settings_.others_every;
}

// The same trouble once.
void Upkeep::complain(const char* what, const base::Error& error) {
  if (std::exchange(complained_, what + error.reason) != what + error.reason)
    cell_.log.warn(what, {{"reason", error.reason}});
}

awaitable<Result<void>> Upkeep::start() {
  if (auto resumed = co_await recovery_.resume(); !resumed) co_return resumed;
  const auto retried = co_await retry_quarantine(cell_);
  if (!retried) co_return base::pass_on(retried);
  if (retried->taken > 0)
    cell_.log.info("replicate: rows of the quarantine could be taken", {{"rows", retried->taken}});
  co_return Result<void>{};
}

awaitable<void> Upkeep::look(std::vector<Recovery::Peer> peers) {
  if (auto looked = co_await recovery_.look(std::move(peers)); !looked)
    complain("replicate: the end of a recovery is not known", looked.error());
  const bool all = cell_.clock.steady() >= next_retry_;
  if (all) next_retry_ = cell_.clock.steady() + kRetryEvery;
  const auto retried = all ? co_await retry_quarantine(cell_) : co_await retry_due(cell_);
  if (!retried) complain("replicate: the quarantine cannot be looked into", retried.error());
  const auto size = co_await cell_.mesh.quarantine_size();
  if (size) status_.quarantine = *size;
  status_.recovering = recovery_.going_on();
  if (cell_.clock.steady() >= next_collection_) co_await collect();
}

awaitable<void> Upkeep::collect() {
  next_collection_ = cell_.clock.steady() + kCollectEvery;
  std::vector<model::CellNumber> peers;
  for (const auto& member : topology_.members)
    if (member.number != cell_.database.cell()) peers.push_back(member.number);
  const auto collected = co_await collect_tombstones(cell_, std::move(peers), settings_.tombstones_after, stopping_);
  if (!collected)
    complain("replicate: tombstones are not collected", collected.error());
  else
    status_.tombstones_collected += *collected;
}

std::vector<store::Kind> Upkeep::due(model::CellNumber peer) {
  std::vector<store::Kind> out;
  const auto now = cell_.clock.steady();
  for (const auto& schema : store::all_kinds())
    if (const auto at = next_.find({peer, schema.kind}); at != next_.end() && at->second <= now)
      out.push_back(schema.kind);
  return out;
}

void Upkeep::not_compared(model::CellNumber peer, const std::vector<store::Kind>& kinds, const std::string& reason) {
  status_.comparisons[peer].trouble = reason;
  for (const auto kind : kinds)
    next_[{peer, kind}] = cell_.clock.steady() + std::min<std::chrono::nanoseconds>(kAgain, every(kind));
}

awaitable<void> Upkeep::compare(model::CellNumber peer, std::string incarnation, std::vector<store::Kind> kinds,
                                Channel& channel) {
  Inquirer inquirer(cell_, channel);
  AntiEntropy comparing(cell_, peer, follower_of(cell_.database, peer, incarnation), inquirer, {.rest = kRest},
                        stopping_);
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const auto began = cell_.clock.now();
    const auto found = co_await comparing.compare(kinds[i]);
    if (!found) {
      not_compared(peer, {kinds.begin() + static_cast<std::ptrdiff_t>(i), kinds.end()}, found.error().reason);
      co_return;
    }
    auto& status = status_.comparisons[peer];
    ++status.passes;
    status.rows += found->rows;
    status.differences += found->differences;
    status.repairs += found->repairs;
    status.last = began;
    status.trouble.clear();
    next_[{peer, kinds[i]}] = cell_.clock.steady() + every(kinds[i]);
    if (found->refused == 0)
      if (auto noted = co_await note_comparison(cell_, peer, kinds[i], began); !noted)
        complain("replicate: a comparison is not noted", noted.error());
  }
}

}  // namespace cardea::replicate
