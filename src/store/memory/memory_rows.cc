#include "store/memory/memory_rows.h"

#include <algorithm>
#include <ranges>

#include "store/row_text.h"

namespace cardea::store {
std::optional<StoredRow> MemoryRows::read(const Key& key) {
  const auto& rows = table(key.kind);
  const auto found = rows.find({key.tenant.value, key.id});
  if (found == rows.end()) return std::nullopt;
  return found->second;
}

void MemoryRows::index(const Key& key, const StoredRow& row, bool add) {
  for (std::size_t i = 0; i < row.lookups.size(); ++i) {
    if (row.lookups[i].empty()) continue;
    auto entry = std::tuple(key.kind, i, key.tenant.value, row.lookups[i], key.id);
    if (add) {
      by_lookup_.insert(std::move(entry));
    } else {
      by_lookup_.erase(entry);
    }
  }
}

void MemoryRows::replace(const Key& key, const StoredRow* row) {
  auto& rows = table(key.kind);
  const TableKey at{key.tenant.value, key.id};
  if (const auto old = rows.find(at); old != rows.end()) {
    index(key, old->second, false);
    rows.erase(old);
  }
  if (row == nullptr) return;
  index(key, *row, true);
  rows.emplace(at, *row);
}

void MemoryRows::write(const Key& key, const StoredRow& row, RowChange) {
  undo_.emplace_back([this, key, before = read(key)] { replace(key, before ? &*before : nullptr); });
  replace(key, &row);
}

std::vector<IdentifiedRow> MemoryRows::list(const model::TenantId& tenant, Kind kind, std::optional<std::size_t> lookup,
                                            std::string_view value, std::string_view after, base::Time now,
                                            std::size_t limit) {
  std::vector<IdentifiedRow> out;
  auto& rows = table(kind);
  const auto take = [&](const std::string& id, const StoredRow& row) {
    if (is_live(row, now)) out.push_back({id, row});
  };
  if (lookup) {
    const std::string wanted(value);
    auto at = by_lookup_.upper_bound(std::tuple(kind, *lookup, tenant.value, wanted, std::string(after)));
    for (; at != by_lookup_.end() && out.size() < limit; ++at) {
      const auto& [k, i, t, v, id] = *at;
      if (k != kind || i != *lookup || t != tenant.value || v != wanted) break;
      take(id, rows.at({t, id}));
    }
    return out;
  }
  for (auto at = rows.upper_bound({tenant.value, std::string(after)});
       at != rows.end() && at->first.first == tenant.value && out.size() < limit; ++at)
    take(at->first.second, at->second);
  return out;
}

void MemoryRows::move_in_feed(Lane lane, const Key& key, Place to) {
  auto& feed = lanes_[static_cast<std::size_t>(lane)];
  if (const auto old = feed.by_key.find(key); old != feed.by_key.end()) {
    feed.by_lseq.erase(old->second.lseq);
    feed.by_key.erase(old);
  }
  if (to.lseq == 0) return;
  feed.by_lseq.emplace(to.lseq, key);
  feed.by_key.emplace(key, to);
}

void MemoryRows::announce(Lane lane, const Key& key, model::CellNumber via) {
  auto& feed = lanes_[static_cast<std::size_t>(lane)];
  const auto old = feed.by_key.find(key);
  const Place before = old == feed.by_key.end() ? Place{} : old->second;
  undo_.emplace_back([this, lane, key, before, next = feed.next] {
    move_in_feed(lane, key, before);
    lanes_[static_cast<std::size_t>(lane)].next = next;
  });
  move_in_feed(lane, key, {feed.next++, via});
}

void MemoryRows::set_cursor(const std::string& follower, Lane lane, std::uint64_t lseq) {
  auto& cursor = cursors[{follower, lane}];
  undo_.emplace_back([&cursor, before = cursor] { cursor = before; });
  cursor = lseq;
}

void MemoryRows::append(const model::Event& event) {
  model::Event kept = event;
  kept.body = read_body(write_body(event.body));
  kept.seq = next_event_++;
  undo_.emplace_back([this, seq = kept.seq] {
    events_.erase(seq);
    next_event_ = seq;
  });
  events_.emplace(kept.seq, std::move(kept));
}

void MemoryRows::enqueue(const model::Job& job) {
  model::Job kept = job;
  kept.body = read_body(write_body(job.body));
  kept.id = next_job_++;
  kept.attempts = 0;
  undo_.emplace_back([this, id = kept.id] { jobs.erase(id); });
  jobs.emplace(kept.id, std::move(kept));
}

void MemoryRows::roll_back() {
  for (auto& step : std::views::reverse(undo_)) step();
  undo_.clear();
}

std::uint64_t MemoryRows::count(const model::TenantId& tenant, Kind kind, base::Time now) const {
  const auto rows = tables_.find(kind);
  if (rows == tables_.end()) return 0;
  std::uint64_t total = 0;
  for (auto at = rows->second.lower_bound({tenant.value, ""});
       at != rows->second.end() && at->first.first == tenant.value; ++at)
    total += is_live(at->second, now) ? 1 : 0;
  return total;
}

std::vector<FeedEntry> MemoryRows::feed(Lane lane, std::uint64_t since, std::size_t limit) const {
  std::vector<FeedEntry> out;
  const auto& entries = lanes_[static_cast<std::size_t>(lane)].by_lseq;
  for (auto at = entries.upper_bound(since); at != entries.end() && out.size() < limit; ++at)
    out.push_back({lane, at->first, at->second});
  return out;
}

base::Result<Changes> MemoryRows::changes(Lane lane, std::uint64_t since, std::size_t most, std::size_t bytes) {
  Changes out;
  out.head = feed_head(lane);
  out.last = since;
  std::size_t size = 0;
  for (const auto& entry : feed(lane, since, most)) {
    if (size >= bytes) return out;
    const auto& row = table(entry.key.kind).at({entry.key.tenant.value, entry.key.id});
    auto record = read_row(entry.key, row);
    if (!record) return base::pass_on(record);
    size += row.doc.size() + row.ver.size();
    out.rows.push_back(
        {entry.lseq, lanes_[static_cast<std::size_t>(lane)].by_key.at(entry.key).via, std::move(*record)});
    out.last = entry.lseq;
  }
  return out;
}

std::vector<model::Event> MemoryRows::events_after(const model::TenantId* tenant, std::uint64_t after,
                                                   std::size_t limit) const {
  std::vector<model::Event> out;
  for (auto at = events_.upper_bound(after); at != events_.end() && out.size() < limit; ++at)
    if (tenant == nullptr || at->second.tenant == *tenant) out.push_back(at->second);
  return out;
}

std::vector<model::Event> MemoryRows::events_before(const model::TenantId& tenant, std::uint64_t before,
                                                    std::size_t limit) const {
  std::vector<model::Event> out;
  auto at = before == 0 ? events_.end() : events_.lower_bound(before);
  while (at != events_.begin() && out.size() < limit) {
    --at;
    if (at->second.tenant == tenant) out.push_back(at->second);
  }
  return out;
}

std::size_t MemoryRows::forget_events(base::Time before, std::size_t limit) {
  std::size_t removed = 0;
  for (; removed < limit && !events_.empty() && events_.begin()->second.at < before; ++removed)
    events_.erase(events_.begin());
  return removed;
}

std::size_t MemoryRows::sweep(base::Time expired_before, std::size_t limit) {
  std::size_t total = 0;
  for (const auto& schema : all_kinds()) {
    if (!schema.expires) continue;
    std::vector<Key> expired;
    for (const auto& [at, row] : table(schema.kind))
      if (row.expires_at != 0 && row.expires_at < base::to_millis(expired_before) && total + expired.size() < limit)
        expired.push_back({model::TenantId(at.first), schema.kind, at.second});
    for (const auto& key : expired) {
      replace(key, nullptr);
      move_in_feed(Lane::hot, key, {});
      move_in_feed(Lane::bulk, key, {});
    }
    total += expired.size();
  }
  return total;
}

bool MemoryRows::lose(const Key& key) {
  const bool there = read(key).has_value();
  replace(key, nullptr);
  for (const auto lane : {Lane::hot, Lane::bulk}) move_in_feed(lane, key, {});
  return there;
}

void MemoryRows::quarantine(const Quarantined& row) {
  release(row.slot);
  undo_.emplace_back([this, slot = row.slot] { quarantined.erase(slot); });
  quarantined.emplace(row.slot, row);
}

bool MemoryRows::release(const std::string& slot) {
  const auto found = quarantined.find(slot);
  if (found == quarantined.end()) return false;
  undo_.emplace_back([this, before = found->second] { quarantined.emplace(before.slot, before); });
  quarantined.erase(found);
  return true;
}

void MemoryRows::acknowledge(const std::string& incarnation, const PeerAck& ack) {
  auto& kept = acknowledgements[{incarnation, ack.peer, ack.lane}];
  undo_.emplace_back([&kept, before = kept] { kept = before; });
  kept = ack;
}

bool MemoryRows::forget_tombstone(const Key& key, const std::string& stamps,
                                  const std::function<std::uint64_t(Lane)>& acknowledged) {
  const auto row = read(key);
  if (!row || !row->deleted || row->ver != stamps) return false;
  for (const auto lane : {Lane::hot, Lane::bulk}) {
    const auto& places = lanes_[static_cast<std::size_t>(lane)].by_key;
    const auto place = places.find(key);
    if (place != places.end() && place->second.lseq > acknowledged(lane)) return false;
  }
  for (const auto lane : {Lane::hot, Lane::bulk}) {
    const auto& places = lanes_[static_cast<std::size_t>(lane)].by_key;
    const auto place = places.find(key);
    if (place == places.end()) continue;
    undo_.emplace_back([this, lane, key, before = place->second] { move_in_feed(lane, key, before); });
    move_in_feed(lane, key, {});
  }
  undo_.emplace_back([this, key, before = *row] { replace(key, &before); });
  replace(key, nullptr);
  return true;
}

std::vector<RowVersion> MemoryRows::versions(Kind kind, const std::string& tenant, const std::string& id,
                                             std::size_t limit) {
  std::vector<RowVersion> out;
  const auto& rows = table(kind);
  for (auto at = rows.upper_bound({tenant, id}); at != rows.end() && out.size() < limit; ++at)
    out.push_back({model::TenantId(at->first.first), at->first.second, at->second.ver, at->second.deleted,
                   at->second.expires_at});
  return out;
}

}  // namespace cardea::store
