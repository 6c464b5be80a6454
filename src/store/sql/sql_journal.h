#pragma once

#include <string>
#include <vector>

#include "model/event.h"
#include "store/sql/kept_query.h"

namespace cardea::store {

// The append-only events and the jobs of the cell, on one session. One thread. Throws soci::soci_error.
class SqlJournal {
 public:
  explicit SqlJournal(const SqlLink& link);

  void append(const model::Event& event, long long seq);
  // Of one tenant, or of all when it is nullptr; oldest first.
  std::vector<model::Event> events_after(const model::TenantId* tenant, std::uint64_t after, std::size_t limit);
  // Newest first; `before` 0 = from the newest.
  std::vector<model::Event> events_before(const model::TenantId& tenant, std::uint64_t before, std::size_t limit);

  // The oldest ones, as long as they are from before `before`. Gives how many there were.
  std::size_t forget(base::Time before, std::size_t limit);

  void enqueue(const model::Job& job);
  bool has_due(const std::string& queue, base::Time now);
  std::vector<model::Job> take(const std::string& queue, base::Time now, base::Duration lease, std::size_t limit);
  void finish(std::uint64_t id);
  // False when there is no such job.
  bool postpone(std::uint64_t id, base::Time run_at);

 private:
  using Number = long long;
  using Text = std::string;
  using None = std::tuple<>;
  using EventColumns = std::tuple<Number, Text, Text, Number, Text>;

  KeptQuery<std::tuple<Number, Text, Text, Number, Text>, None> append_;
  KeptQuery<std::tuple<Text, Number, Number>, EventColumns> after_;
  KeptQuery<std::tuple<Number, Number>, EventColumns> all_after_;
  KeptQuery<std::tuple<Text, Number, Number>, EventColumns> before_;
  KeptQuery<std::tuple<Number>, std::tuple<Number, Number>> oldest_;
  KeptQuery<std::tuple<Number>, None> forget_;
  KeptQuery<std::tuple<Text, Text, Number, Text>, None> enqueue_;
  KeptQuery<std::tuple<Text, Number>, std::tuple<Number>> any_due_;
  KeptQuery<std::tuple<Text, Number, Number>, std::tuple<Number, Text, Number, Number, Text>> due_;
  KeptQuery<std::tuple<Number, Number>, None> lease_;
  KeptQuery<std::tuple<Number>, None> finish_;
  KeptQuery<std::tuple<Number, Number>, None> postpone_;
};

}  // namespace cardea::store
