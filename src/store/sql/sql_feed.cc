#include "store/sql/sql_feed.h"

#include <stdexcept>

namespace cardea::store {

SqlFeed::SqlFeed(const SqlLink& link)
    : head_(link, "SELECT next FROM feed_head WHERE lane = :lane"),
      set_head_(link, "UPDATE feed_head SET next = :next WHERE lane = :lane"),
      announce_(link,
                "INSERT INTO feed (lane, lseq, tenant, kind, id, via_cell) "
                "VALUES (:lane, :lseq, :tenant, :kind, :id, :via)" +
                    link.dialect.overwrite("lane, tenant, kind, id", {"lseq", "via_cell"})),
      remove_(link, "DELETE FROM feed WHERE lane IN (0, 1) AND tenant = :tenant AND kind = :kind AND id = :id"),
      entries_of_(
          link, "SELECT lane, lseq FROM feed WHERE lane IN (0, 1) AND tenant = :tenant AND kind = :kind AND id = :id"),
      outbox_(link, "SELECT ulid, lane, tenant, kind, id FROM outbox ORDER BY ulid LIMIT 1000"),
      take_from_outbox_(link, "DELETE FROM outbox WHERE ulid = :ulid"),
      read_(link,
            "SELECT lseq, tenant, kind, id, via_cell FROM feed WHERE lane = :lane AND lseq > :since ORDER BY lseq "
            "LIMIT :most"),
      cursor_(link, "SELECT lseq FROM \"cursor\" WHERE peer = :peer AND incarnation = '' AND lane = :lane"),
      set_cursor_(link, "INSERT INTO \"cursor\" (peer, incarnation, lane, lseq) VALUES (:peer, '', :lane, :lseq)" +
                            link.dialect.overwrite("peer, incarnation, lane", {"lseq"})) {}

long long SqlFeed::next(std::size_t lane) {
  if (heads_[lane] == 0) {
    head_.each([&](long long next) { heads_[lane] = saved_[lane] = next; }, static_cast<long long>(lane));
    if (heads_[lane] == 0) throw std::runtime_error("feed_head has lost a lane");
  }
  return heads_[lane]++;
}

void SqlFeed::announce(Lane lane, const Key& key, model::CellNumber via) {
  const auto at = static_cast<std::size_t>(lane);
  const long long lseq = next(at);
  announce_.run(static_cast<long long>(at), lseq, key.tenant.value, static_cast<long long>(key.kind), key.id,
                static_cast<long long>(via));
}

void SqlFeed::drain_outbox() {
  struct Waiting {
    std::string ulid;
    Lane lane;
    Key key;
  };
  std::vector<Waiting> waiting;
  outbox_.each([&](std::string& ulid, long long lane, std::string& tenant, long long kind, std::string& id) {
    waiting.push_back({std::move(ulid),
                       lane == 0 ? Lane::hot : Lane::bulk,
                       {model::TenantId(std::move(tenant)), static_cast<Kind>(kind), std::move(id)}});
  });
  for (const auto& entry : waiting) {
    announce(entry.lane, entry.key, 0);
    take_from_outbox_.run(entry.ulid);
  }
}

void SqlFeed::save_heads() {
  for (std::size_t lane = 0; lane < heads_.size(); ++lane)
    if (heads_[lane] != 0 && heads_[lane] != saved_[lane]) set_head_.run(heads_[lane], static_cast<long long>(lane));
}

void SqlFeed::remove(const Key& key) { remove_.run(key.tenant.value, static_cast<long long>(key.kind), key.id); }

std::vector<FeedEntry> SqlFeed::entries_of(const Key& key) {
  std::vector<FeedEntry> out;
  entries_of_.each(
      [&](long long lane, long long lseq) {
        out.push_back({lane == 0 ? Lane::hot : Lane::bulk, static_cast<std::uint64_t>(lseq), key});
      },
      key.tenant.value, static_cast<long long>(key.kind), key.id);
  return out;
}

std::vector<SqlFeed::SentEntry> SqlFeed::read_sent(Lane lane, std::uint64_t since, std::size_t limit) {
  std::vector<SentEntry> out;
  read_.each(
      [&](long long lseq, std::string& tenant, long long kind, std::string& id, long long via) {
        out.push_back({{lane,
                        static_cast<std::uint64_t>(lseq),
                        {model::TenantId(std::move(tenant)), static_cast<Kind>(kind), std::move(id)}},
                       static_cast<model::CellNumber>(via)});
      },
      static_cast<long long>(lane), clamped(since), clamped(limit));
  return out;
}

std::vector<FeedEntry> SqlFeed::read(Lane lane, std::uint64_t since, std::size_t limit) {
  std::vector<FeedEntry> out;
  for (auto& sent : read_sent(lane, since, limit)) out.push_back(std::move(sent.entry));
  return out;
}

std::uint64_t SqlFeed::head(Lane lane) {
  std::uint64_t out = 0;
  head_.each([&](long long next) { out = static_cast<std::uint64_t>(next - 1); }, static_cast<long long>(lane));
  return out;
}

std::uint64_t SqlFeed::cursor(const std::string& follower, Lane lane) {
  std::uint64_t out = 0;
  cursor_.each([&](long long lseq) { out = static_cast<std::uint64_t>(lseq); }, follower, static_cast<long long>(lane));
  return out;
}

void SqlFeed::set_cursor(const std::string& follower, Lane lane, std::uint64_t lseq) {
  set_cursor_.run(follower, static_cast<long long>(lane), clamped(lseq));
}

}  // namespace cardea::store
