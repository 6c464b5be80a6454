#include "replicate/intake.h"

#include <algorithm>

#include "base/base64.h"
#include "base/percent.h"
#include "crypto/digest.h"
#include "replicate/wire/mesh.pb.h"
#include "replicate/wire/row_codec.h"
#include "store/hybrid_clock.h"

namespace cardea::replicate {
namespace {

using base::awaitable;
using base::Errc;
using base::Result;

constexpr std::size_t kMostBytes = 9 << 20;  // that are kept of a row; no row that can be stored is longer
constexpr std::size_t kMostShown = 512;
constexpr std::size_t kMostLines = 5;  // in the log, of one batch

std::string shown(const std::string& text) {
  const bool fit = text.size() <= kMostShown && base::is_utf8(text) && text.find('\0') == std::string::npos;
  return fit ? text : "";
}

// Of the stamps, the latest.
store::Stamp latest(const store::Record& record) {
  store::Stamp out;
  for (const auto& [group, stamp] : record.stamps) out = std::max(out, stamp);
  return out;
}

std::string digest_of(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const auto part : parts) {
    all += std::to_string(part.size());
    all += ':';
    all += part;
  }
  return base::base64url_encode(crypto::sha256(all));
}

}  // namespace

void Intake::Outcome::operator+=(const Outcome& more) {
  rows += more.rows;
  changed += more.changed;
  refused += more.refused;
  held += more.held;
}

store::Quarantined Intake::refusal(const Item& item, std::string reason) const {
  store::Quarantined out{
      .slot = item.slot, .peer = peer_, .lane = lane_, .bytes = item.bytes, .reason = std::move(reason)};
  if (mesh::Row row; row.ParseFromString(item.bytes)) {
    out.tenant = shown(row.tenant());
    out.id = shown(row.id());
    out.kind = row.kind();
  }
  if (out.bytes.size() > kMostBytes) {
    out.bytes.clear();
    out.reason += "; too long to be kept";
  }
  out.at = cell_.clock.now();
  return out;
}

// The slot of a row that has a key is the same whatever its content: a newer state takes the place of an older one.
Intake::Item Intake::examine(std::string bytes) const {
  Item item;
  item.bytes = std::move(bytes);
  const auto peer = std::to_string(peer_), lane = std::to_string(static_cast<unsigned>(lane_));
  mesh::Row row;
  if (!row.ParseFromString(item.bytes)) {
    item.slot = digest_of({peer, lane, item.bytes});
    item.quarantined = refusal(item, "not a row");
    return item;
  }
  item.slot = digest_of({peer, lane, std::to_string(row.kind()), row.tenant(), row.id()});
  auto record = read_row(row);
  if (!record) {
    item.quarantined = refusal(item, record.error().reason);
    return item;
  }
  const auto stamp = latest(*record);
  const auto time = store::time_of(stamp.hlc);
  if (time > cell_.clock.now() + kMostAhead) {
    item.quarantined = refusal(item, "ahead of our clock, by cell " + std::to_string(stamp.cell));
    item.quarantined->due = time - kMostAhead;
    return item;
  }
  item.record = std::move(*record);
  return item;
}

// What the merge itself refuses (a row of ours that is damaged, one that is too long with what stands here) is known
// only now. Gives how many rows changed something.
Result<std::uint64_t> Intake::write(store::Transaction& transaction, store::PeerTables& tables, Items& items) const {
  std::uint64_t changed = 0;
  for (auto& item : items) {
    if (item.record) {
      const auto merged = transaction.merge(*item.record, peer_);
      if (merged) {
        item.quarantined.reset();
        changed += *merged ? 1 : 0;
      } else {
        item.quarantined = refusal(item, merged.error().reason);
      }
    }
    if (item.quarantined)
      tables.quarantine(*item.quarantined);
    else if (any_quarantined_.value_or(true))
      tables.release(item.slot);
  }
  return changed;
}

awaitable<Result<std::uint64_t>> Intake::write_all(Items& items, const std::optional<Position>& position) {
  std::uint64_t changed = 0;
  const auto written =
      co_await cell_.mesh.apply([&](store::Transaction& transaction, store::PeerTables& tables) -> Result<void> {
        const auto done = write(transaction, tables, items);
        if (!done) return base::pass_on(done);
        changed = *done;
        return position ? transaction.set_cursor(position->follower, lane_, position->lseq) : Result<void>{};
      });
  if (!written) co_return base::pass_on(written);
  co_return changed;
}

// The engine refuses to commit one of them: each alone, to find out which. The position moves when all have been tried.
awaitable<Result<std::uint64_t>> Intake::write_each(Items& items, const std::optional<Position>& position) {
  std::uint64_t changed = 0;
  for (auto& item : items) {
    Items one{item};
    auto written = co_await write_all(one, std::nullopt);
    if (!written && written.error().code == Errc::invalid && item.record) {
      one.front().record.reset();
      one.front().quarantined = refusal(item, written.error().reason);
      written = co_await write_all(one, std::nullopt);
    }
    if (!written) co_return base::pass_on(written);
    changed += *written;
    item = std::move(one.front());
  }
  Items none;
  if (auto moved = co_await write_all(none, position); !moved) co_return base::pass_on(moved);
  co_return changed;
}

awaitable<Result<void>> Intake::look_into_quarantine() {
  if (any_quarantined_) co_return Result<void>{};
  const auto size = co_await cell_.mesh.quarantine_size();
  if (!size) co_return base::pass_on(size);
  any_quarantined_ = size->rows > 0;
  co_return Result<void>{};
}

awaitable<Result<Intake::Outcome>> Intake::take(std::vector<std::string> rows, std::optional<Position> position) {
  if (auto looked = co_await look_into_quarantine(); !looked) co_return base::pass_on(looked);
  Items items;
  items.reserve(rows.size());
  for (auto& bytes : rows) items.push_back(examine(std::move(bytes)));
  auto changed = co_await write_all(items, position);
  if (!changed && changed.error().code == Errc::invalid) changed = co_await write_each(items, position);
  if (!changed) co_return base::pass_on(changed);
  Outcome outcome{.rows = items.size(), .changed = *changed};
  report(items, outcome);
  co_return outcome;
}

awaitable<Result<bool>> Intake::retry(store::Quarantined row) {
  any_quarantined_ = true;
  Items items;
  items.push_back(examine(row.bytes));
  const bool waits_longer = items.front().quarantined && items.front().quarantined->due > row.due;
  if (items.front().quarantined && !waits_longer && row.due == base::Time{}) co_return false;
  items.front().slot = row.slot;
  if (items.front().quarantined) items.front().quarantined->slot = row.slot;
  auto written = co_await write_all(items, std::nullopt);
  if (!written && written.error().code == Errc::invalid) written = co_await write_each(items, std::nullopt);
  if (!written) co_return base::pass_on(written);
  co_return !items.front().quarantined;
}

void Intake::report(const Items& items, Outcome& outcome) {
  std::size_t lines = 0;
  for (const auto& item : items) {
    if (!item.quarantined) continue;
    any_quarantined_ = true;
    const auto& row = *item.quarantined;
    const bool held = row.due != base::Time{};
    ++(held ? outcome.held : outcome.refused);
    if (++lines > kMostLines) continue;
    base::Log::Fields fields{{"peer", peer_}, {"kind", row.kind}, {"id", row.id}, {"reason", row.reason}};
    if (held)
      cell_.log.warn("replicate: a row of a peer is held back until our clock has come to it", std::move(fields));
    else
      cell_.log.error("replicate: a row of a peer cannot be taken: it is in the quarantine", std::move(fields));
  }
}

}  // namespace cardea::replicate
