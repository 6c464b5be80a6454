#include "store/sql/outbox.h"

#include <map>
#include <stdexcept>

#include "store/row_text.h"
#include "store/sql/sql_feed.h"

namespace cardea::store {

Outbox::Outbox(const SqlLink& link, UlidSource& ulids, Numbers numbers)
    : ulids_(ulids),
      numbers_(numbers),
      announced_(link, "outbox", {"ulid", "lane", "tenant", "kind", "id", "via_cell"}),
      appended_(link, "event_outbox", {"ulid", "tenant", "type", "at", "body"}),
      numbered_(link, "feed", {"lane", "lseq", "tenant", "kind", "id", "via_cell"},
                link.dialect.overwrite("lane, tenant, kind, id", {"lseq", "via_cell"})),
      any_rows_(link, "SELECT 1 FROM outbox WHERE lane = :lane LIMIT 1"),
      any_events_(link, "SELECT 1 FROM event_outbox LIMIT 1"),
      lock_head_(link, "SELECT next FROM feed_head WHERE lane = :lane" + std::string(link.dialect.lock)),
      set_head_(link, "UPDATE feed_head SET next = :next WHERE lane = :lane"),
      sequence_rows_(link, std::string(link.dialect.sequence_rows)),
      sequence_events_(link, std::string(link.dialect.sequence_events)) {
  if (link.dialect.numbering == Dialect::Numbering::steps) steps_.emplace(link);
}

// An import writes what no other cell has sent.
void Outbox::announce(Lane lane, const Key& key, model::CellNumber via) {
  if (numbers_ == Numbers::at_once) {
    unnumbered_.emplace_back(lane, key);
    return;
  }
  announced_.add({ulids_.next(), static_cast<Number>(lane), key.tenant.value, static_cast<Number>(key.kind), key.id,
                  static_cast<Number>(via)});
}

void Outbox::append(const model::Event& event) {
  appended_.add({ulids_.next(), event.tenant.value, event.type, base::to_millis(event.at), write_body(event.body)});
}

void Outbox::finish() {
  announced_.flush();
  appended_.flush();
  write_numbered();
}

// Of a row that is there twice only the last entry counts.
void Outbox::write_numbered() {
  std::map<std::pair<Lane, Key>, std::size_t> last;
  for (std::size_t i = 0; i < unnumbered_.size(); ++i) last[unnumbered_[i]] = i;
  for (const auto lane : {Lane::hot, Lane::bulk}) {
    const auto at = static_cast<Number>(lane);
    Number next = 0;
    for (std::size_t i = 0; i < unnumbered_.size(); ++i) {
      const auto& [of_lane, key] = unnumbered_[i];
      if (of_lane != lane || last.at(unnumbered_[i]) != i) continue;
      if (next == 0) next = lock_head(at);
      numbered_.add({at, next++, key.tenant.value, static_cast<Number>(key.kind), key.id, Number{0}});
    }
    numbered_.flush();
    if (next != 0) set_head_.run(next, at);
  }
  unnumbered_.clear();
}

void Outbox::forget() {
  announced_.forget();
  appended_.forget();
  numbered_.forget();
  unnumbered_.clear();
}

bool Outbox::any_rows(Lane lane) {
  bool any = false;
  any_rows_.each([&](Number) { any = true; }, static_cast<Number>(lane));
  return any;
}

bool Outbox::any_events() {
  bool any = false;
  any_events_.each([&](Number) { any = true; });
  return any;
}

Outbox::Number Outbox::lock_head(Number lane) {
  Number next = 0;
  lock_head_.each([&](Number stored) { next = stored; }, lane);
  if (next == 0) throw std::runtime_error("feed_head has lost a lane");
  return next;
}

OutboxSteps::Done Outbox::number_rows(Number lane, Number next) {
  const auto most = static_cast<Number>(kPortion);
  if (steps_) return steps_->rows(lane, most, next);
  OutboxSteps::Done done;
  sequence_rows_.each([&](Number taken, Number moved) { done = {taken, next + moved}; }, lane, most, lane, next);
  return done;
}

OutboxSteps::Done Outbox::number_events(Number next) {
  const auto most = static_cast<Number>(kPortion);
  if (steps_) return steps_->events(kEventLane, most, next);
  OutboxSteps::Done done;
  sequence_events_.each([&](Number moved) { done = {moved, next + moved}; }, most, next);
  return done;
}

std::size_t Outbox::sequence_rows(Lane lane) {
  const auto at = static_cast<Number>(lane);
  const Number next = lock_head(at);
  const auto done = number_rows(at, next);
  if (done.taken > 0) set_head_.run(done.next, at);
  return static_cast<std::size_t>(done.taken);
}

std::size_t Outbox::sequence_events() {
  const auto at = static_cast<Number>(kEventLane);
  const Number next = lock_head(at);
  const auto done = number_events(next);
  if (done.taken > 0) set_head_.run(done.next, at);
  return static_cast<std::size_t>(done.taken);
}

}  // namespace cardea::store
