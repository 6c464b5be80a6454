#pragma once

#include "store/sql/kept_query.h"

namespace cardea::store {

// Numbers what waits in the outbox where a statement cannot give what it deletes (MySQL): each part is a statement of
// its own, and between two of them more may be committed. So the first writes down what it sees, in outbox_taken, and
// the others go by that. On one session, under the lock of the lane. One thread. Throws soci::soci_error.
class OutboxSteps {
 public:
  using Number = long long;

  explicit OutboxSteps(const SqlLink& link);

  struct Done {
    Number taken = 0;
    Number next = 0;  // the number that comes after those given
  };
  // Takes `most` at most and numbers from `next` on.
  Done rows(Number lane, Number most, Number next);
  Done events(Number lane, Number most, Number next);

 private:
  using None = std::tuple<>;

  KeptQuery<std::tuple<Number, Number>, None> take_rows_;
  KeptQuery<std::tuple<Number, Number, Number>, None> number_rows_;
  KeptQuery<std::tuple<Number>, std::tuple<Number>> newest_row_;
  KeptQuery<std::tuple<Number>, None> drop_rows_;
  KeptQuery<std::tuple<Number, Number>, None> take_events_;
  KeptQuery<std::tuple<Number, Number>, None> number_events_;
  KeptQuery<std::tuple<Number>, None> drop_events_;
};

}  // namespace cardea::store
