#include "store/sql/outbox_steps.h"

namespace cardea::store {

// READ COMMITTED reads without locks in INSERT … SELECT, so none waits for a writer that has not committed.
// STRAIGHT_JOIN keeps the DELETE from looking at other rows of the outbox than those taken: it would wait for their
// locks.
OutboxSteps::OutboxSteps(const SqlLink& link)
    : take_rows_(link,
                 "INSERT INTO outbox_taken (lane, ulid) SELECT lane, ulid FROM outbox WHERE lane = :lane "
                 "ORDER BY ulid LIMIT :most"),
      number_rows_(link,
                   "INSERT INTO feed (lane, lseq, tenant, kind, id, via_cell) "
                   "SELECT :to_lane, :next + row_number() OVER (ORDER BY max(o.ulid)) - 1, o.tenant, o.kind, o.id, "
                   "CASE WHEN min(o.via_cell) = max(o.via_cell) THEN max(o.via_cell) ELSE 0 END "
                   "FROM outbox_taken t STRAIGHT_JOIN outbox o ON o.ulid = t.ulid WHERE t.lane = :lane "
                   "GROUP BY o.tenant, o.kind, o.id" +
                       link.dialect.overwrite("lane, tenant, kind, id", {"lseq", "via_cell"})),
      newest_row_(link, "SELECT lseq FROM feed WHERE lane = :lane ORDER BY lseq DESC LIMIT 1"),
      drop_rows_(link,
                 "DELETE o, t FROM outbox_taken t STRAIGHT_JOIN outbox o ON o.ulid = t.ulid WHERE t.lane = :lane"),
      take_events_(link,
                   "INSERT INTO outbox_taken (lane, ulid) SELECT :lane, ulid FROM event_outbox ORDER BY ulid "
                   "LIMIT :most"),
      number_events_(link,
                     "INSERT INTO events (seq, tenant, type, at, body) "
                     "SELECT :next + row_number() OVER (ORDER BY o.ulid) - 1, o.tenant, o.type, o.at, o.body "
                     "FROM outbox_taken t STRAIGHT_JOIN event_outbox o ON o.ulid = t.ulid WHERE t.lane = :lane"),
      drop_events_(link,
                   "DELETE o, t FROM outbox_taken t STRAIGHT_JOIN event_outbox o ON o.ulid = t.ulid "
                   "WHERE t.lane = :lane") {}

OutboxSteps::Done OutboxSteps::rows(Number lane, Number most, Number next) {
  const Number taken = take_rows_.run(lane, most);
  if (taken == 0) return {0, next};
  number_rows_.run(lane, next, lane);
  drop_rows_.run(lane);
  newest_row_.each([&](Number newest) { next = newest + 1; }, lane);
  return {taken, next};
}

OutboxSteps::Done OutboxSteps::events(Number lane, Number most, Number next) {
  const Number taken = take_events_.run(lane, most);
  if (taken == 0) return {0, next};
  number_events_.run(next, lane);
  drop_events_.run(lane);
  return {taken, next + taken};
}

}  // namespace cardea::store
