#include "replicate/tombstones.h"

#include <algorithm>
#include <array>
#include <limits>
#include <span>

#include "replicate/digest.h"
#include "store/hybrid_clock.h"

namespace cardea::replicate {
namespace {

using base::awaitable;
using base::Result;
using store::Lane;

constexpr std::size_t kPortion = 200;
constexpr std::chrono::hours kLeastAge{24};

// A position that is a time.
std::string comparison_mark(const Cell& cell, model::CellNumber peer, store::Kind kind) {
  return "compared." + std::to_string(peer) + "." + std::to_string(static_cast<unsigned>(kind)) + "@" +
         cell.database.incarnation();
}

using Heads = std::array<std::uint64_t, 2>;  // by lane

// What all have applied.
awaitable<Result<Heads>> applied_by_all(const Cell& cell, const std::vector<model::CellNumber>& peers) {
  const auto acks = co_await cell.mesh.acknowledgements();
  if (!acks) co_return base::pass_on(acks);
  Heads out{};
  for (const auto lane : {Lane::hot, Lane::bulk}) {
    auto least = std::numeric_limits<std::uint64_t>::max();
    for (const auto peer : peers) {
      const auto ack = std::ranges::find_if(*acks, [&](const auto& a) { return a.peer == peer && a.lane == lane; });
      least = std::min(least, ack == acks->end() ? 0 : ack->lseq);
    }
    out.at(static_cast<std::size_t>(lane)) = least;
  }
  co_return out;
}

// The moment from which nothing has been compared with one of them.
awaitable<Result<base::Time>> compared_by_all(const Cell& cell, const std::vector<model::CellNumber>& peers,
                                              store::Kind kind) {
  auto least = base::Time::max();
  for (const auto peer : peers) {
    const auto at = co_await cell.database.cursor(comparison_mark(cell, peer, kind), Lane::hot);
    if (!at) co_return base::pass_on(at);
    least = std::min(least, base::from_millis(static_cast<std::int64_t>(*at)));
  }
  co_return least;
}

awaitable<Result<std::uint64_t>> remove(const Cell& cell, store::Kind kind, std::vector<store::RowVersion> old,
                                        Heads applied) {
  std::uint64_t removed = 0;
  for (std::span<const store::RowVersion> rest(old); !rest.empty();) {
    const auto some = rest.first(std::min(kPortion, rest.size()));
    rest = rest.subspan(some.size());
    std::uint64_t now = 0;
    const auto done = co_await cell.mesh.apply([&](store::Transaction&, store::PeerTables& tables) -> Result<void> {
      now = 0;
      for (const auto& row : some)
        now += tables.forget_tombstone({row.tenant, kind, row.id}, row.stamps,
                                       [&](Lane lane) { return applied.at(static_cast<std::size_t>(lane)); });
      return {};
    });
    if (!done) co_return base::pass_on(done);
    removed += now;
  }
  co_return removed;
}

awaitable<Result<std::uint64_t>> collect(const Cell& cell, store::Kind kind, Comparison old, Heads applied,
                                         const bool& stop) {
  std::uint64_t removed = 0;
  for (std::optional<ScanPlace> place = ScanPlace{}; place && !stop;) {
    std::vector<store::RowVersion> found;
    auto end = co_await scan(cell, kind, *place, 10 * kPortion, [&](const store::RowVersion& row) {
      if (row.deleted && standing_of(row, old) == Standing::old_tombstone) found.push_back(row);
    });
    if (!end) co_return base::pass_on(end);
    place = std::move(*end);
    const auto gone = co_await remove(cell, kind, std::move(found), applied);
    if (!gone) co_return base::pass_on(gone);
    removed += *gone;
  }
  co_return removed;
}

}  // namespace

awaitable<Result<void>> note_comparison(const Cell& cell, model::CellNumber peer, store::Kind kind, base::Time began) {
  co_return co_await cell.database.set_cursor(
      comparison_mark(cell, peer, kind), Lane::hot,
      static_cast<std::uint64_t>(std::max<std::int64_t>(base::to_millis(began), 0)));
}

// The numbers of the feed first: an entry that waits for one is not seen.
awaitable<Result<std::uint64_t>> collect_tombstones(const Cell& cell, std::vector<model::CellNumber> peers,
                                                    base::Duration age, const bool& stop) {
  const auto applied = co_await applied_by_all(cell, peers);
  if (!applied) co_return base::pass_on(applied);
  for (const auto lane : {Lane::hot, Lane::bulk})
    if (const auto head = co_await cell.database.feed_head(lane); !head) co_return base::pass_on(head);
  const auto youngest = cell.clock.now() - std::max<base::Duration>(age, kLeastAge);
  std::uint64_t removed = 0;
  for (const auto& schema : store::all_kinds()) {
    const auto compared = co_await compared_by_all(cell, peers, schema.kind);
    if (!compared) co_return base::pass_on(compared);
    const Comparison old{schema.kind, {}, store::hlc_of(std::min(youngest, *compared))};
    const auto gone = co_await collect(cell, schema.kind, old, *applied, stop);
    if (!gone) co_return base::pass_on(gone);
    removed += *gone;
  }
  co_return removed;
}

}  // namespace cardea::replicate
