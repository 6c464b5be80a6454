#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/event.h"
#include "store/database.h"
#include "store/sql/kept_query.h"
#include "store/sql/outbox_steps.h"
#include "store/sql/row_inserts.h"
#include "store/sql/ulid_source.h"

namespace cardea::store {

// What several writers have committed to the feed and the events and nobody has numbered yet (REPLICATION.md §2.3;
// docs/design/0011-server-databases.md says why nothing is skipped). A unit of work writes here, in its transaction;
// whoever reads the feed or the events numbers first. On one session. One thread. Throws soci::soci_error.
class Outbox {
 public:
  // `at_once`: its own units of work number their rows just before they commit, under the lock of the lane, instead of
  // leaving it to those who read: for an import, which would leave them much. Both must outlive it.
  enum class Numbers { later, at_once };
  Outbox(const SqlLink& link, UlidSource& ulids, Numbers numbers);

  // Within the transaction of a unit of work, written by finish() before its commit or dropped by forget().
  void announce(Lane lane, const Key& key, model::CellNumber via);
  void append(const model::Event& event);
  void finish();
  void forget();

  // Whether anything committed waits for its number. Needs no transaction.
  bool any_rows(Lane lane);
  bool any_events();

  // Gives the next numbers to what is committed, at most kPortion of it, and gives how much that was. Within a
  // transaction of its own, which waits for those who do the same.
  std::size_t sequence_rows(Lane lane);
  std::size_t sequence_events();
  static constexpr std::size_t kPortion = 1000;

 private:
  using Number = long long;
  using None = std::tuple<>;

  void write_numbered();
  // The number that comes next; nobody else gives numbers of the lane until the transaction ends.
  Number lock_head(Number lane);
  OutboxSteps::Done number_rows(Number lane, Number next);
  OutboxSteps::Done number_events(Number next);

  UlidSource& ulids_;
  const Numbers numbers_;
  RowInserts announced_, appended_, numbered_;
  std::vector<std::pair<Lane, Key>> unnumbered_;  // of this unit of work
  KeptQuery<std::tuple<Number>, std::tuple<Number>> any_rows_;
  KeptQuery<None, std::tuple<Number>> any_events_;
  KeptQuery<std::tuple<Number>, std::tuple<Number>> lock_head_;
  KeptQuery<std::tuple<Number, Number>, None> set_head_;
  KeptQuery<std::tuple<Number, Number, Number, Number>, std::tuple<Number, Number>> sequence_rows_;
  KeptQuery<std::tuple<Number, Number>, std::tuple<Number>> sequence_events_;
  std::optional<OutboxSteps> steps_;
};

}  // namespace cardea::store
