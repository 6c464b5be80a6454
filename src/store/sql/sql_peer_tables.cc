#include "store/sql/sql_peer_tables.h"

#include <charconv>

#include "base/base64.h"

namespace cardea::store {
namespace {

constexpr const char* kSelect =
    "SELECT slot, peer, lane, tenant, kind, id, bytes, reason, at, due FROM repl_quarantine ";

// Bytes are kept as text: not every engine's text takes all of them.
auto into(std::vector<Quarantined>& out) {
  return [&out](std::string& slot, long long peer, long long lane, std::string& tenant, long long kind, std::string& id,
                const std::string& bytes, std::string& reason, long long at, long long due) {
    out.push_back({std::move(slot), static_cast<model::CellNumber>(peer), lane == 0 ? Lane::hot : Lane::bulk,
                   std::move(tenant), std::move(id), static_cast<std::uint32_t>(kind),
                   base::base64_decode(bytes).value_or(""), std::move(reason), base::from_millis(at),
                   base::from_millis(due)});
  };
}

model::CellNumber cell_of(const std::string& text) {
  model::CellNumber out = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() ? out : model::CellNumber{0};
}

}  // namespace

SqlPeerTables::SqlPeerTables(const SqlLink& link)
    : quarantine_(link,
                  "INSERT INTO repl_quarantine (slot, peer, lane, tenant, kind, id, bytes, reason, at, due) VALUES "
                  "(:slot, :peer, :lane, :tenant, :kind, :id, :bytes, :reason, :at, :due)" +
                      link.dialect.overwrite("slot", {"lane", "tenant", "kind", "id", "bytes", "reason", "at", "due"})),
      release_(link, "DELETE FROM repl_quarantine WHERE slot = :slot"),
      list_(link, std::string(kSelect) + "WHERE slot > :after ORDER BY slot LIMIT :most"),
      due_(link, std::string(kSelect) + "WHERE due > 0 AND due <= :now ORDER BY due LIMIT :most"),
      count_(link, "SELECT count(*) FROM repl_quarantine"),
      count_held_(link, "SELECT count(*) FROM repl_quarantine WHERE due > 0"),
      acknowledge_(link,
                   "INSERT INTO peer_ack (peer, incarnation, lane, lseq, at) "
                   "VALUES (:peer, :incarnation, :lane, :lseq, :at)" +
                       link.dialect.overwrite("peer, incarnation, lane", {"lseq", "at"})),
      acknowledgements_(link, "SELECT peer, lane, lseq, at FROM peer_ack WHERE incarnation = :incarnation"),
      renew_(link, "UPDATE meta SET incarnation = :next WHERE incarnation = :known"),
      incarnation_(link, "SELECT incarnation FROM meta") {}

void SqlPeerTables::quarantine(const Quarantined& row) {
  quarantine_.run(row.slot, static_cast<Number>(row.peer), static_cast<Number>(row.lane), row.tenant,
                  static_cast<Number>(row.kind), row.id, base::base64_encode(row.bytes), row.reason,
                  base::to_millis(row.at), base::to_millis(row.due));
}

bool SqlPeerTables::release(const std::string& slot) { return release_.run(slot) > 0; }

std::vector<Quarantined> SqlPeerTables::quarantined(const std::string& after, std::size_t limit) {
  std::vector<Quarantined> out;
  list_.each(into(out), after, clamped(limit));
  return out;
}

std::vector<Quarantined> SqlPeerTables::due(base::Time now, std::size_t limit) {
  std::vector<Quarantined> out;
  due_.each(into(out), base::to_millis(now), clamped(limit));
  return out;
}

QuarantineSize SqlPeerTables::size() {
  QuarantineSize out;
  count_.each([&](Number rows) { out.rows = static_cast<std::uint64_t>(rows); });
  count_held_.each([&](Number rows) { out.held = static_cast<std::uint64_t>(rows); });
  return out;
}

void SqlPeerTables::acknowledge(const std::string& incarnation, const PeerAck& ack) {
  acknowledge_.run(std::to_string(ack.peer), incarnation, static_cast<Number>(ack.lane), clamped(ack.lseq),
                   base::to_millis(ack.at));
}

std::vector<PeerAck> SqlPeerTables::acknowledgements(const std::string& incarnation) {
  std::vector<PeerAck> out;
  acknowledgements_.each(
      [&](const std::string& peer, Number lane, Number lseq, Number at) {
        if (const auto cell = cell_of(peer); cell != 0)
          out.push_back(
              {cell, lane == 0 ? Lane::hot : Lane::bulk, static_cast<std::uint64_t>(lseq), base::from_millis(at)});
      },
      incarnation);
  return out;
}

std::string SqlPeerTables::renew_incarnation(const std::string& known, const std::string& next) {
  renew_.run(next, known);
  std::string out;
  incarnation_.each([&](std::string& text) { out = std::move(text); });
  return out;
}

}  // namespace cardea::store
