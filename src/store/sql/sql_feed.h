#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "store/database.h"
#include "store/sql/kept_query.h"

namespace cardea::store {

// Position that the next entry of a lane gets; lane 2 numbers the events. 0 = not read in this transaction.
using LaneHeads = std::array<long long, 3>;
inline constexpr std::size_t kEventLane = 2;

// The feed tables on one session. One thread. Throws soci::soci_error.
class SqlFeed {
 public:
  explicit SqlFeed(const SqlLink& link);

  // Within the writer's transaction, which is the sequencer of the feed (REPLICATION.md §2.3).
  void announce(Lane lane, const Key& key, model::CellNumber via);
  long long next(std::size_t lane);
  // What was put into the outbox beside us (a repair by hand) gets its place too.
  void drain_outbox();
  // Once before the commit.
  void save_heads();
  // A unit of work that fails gives its numbers back.
  LaneHeads heads() const { return heads_; }
  void set_heads(const LaneHeads& heads) { heads_ = heads; }
  // The transaction has ended: another process may move the heads now.
  void forget_heads() { heads_ = saved_ = {}; }
  void remove(const Key& key);
  // Its entries of both lanes.
  std::vector<FeedEntry> entries_of(const Key& key);

  // Entries with the cells that sent the states of their rows.
  struct SentEntry {
    FeedEntry entry;
    model::CellNumber via = 0;
  };
  std::vector<SentEntry> read_sent(Lane lane, std::uint64_t since, std::size_t limit);
  std::vector<FeedEntry> read(Lane lane, std::uint64_t since, std::size_t limit);
  std::uint64_t head(Lane lane);
  std::uint64_t cursor(const std::string& follower, Lane lane);
  void set_cursor(const std::string& follower, Lane lane, std::uint64_t lseq);

 private:
  using Number = long long;
  using Text = std::string;
  using None = std::tuple<>;

  LaneHeads heads_{};
  LaneHeads saved_{};
  KeptQuery<std::tuple<Number>, std::tuple<Number>> head_;
  KeptQuery<std::tuple<Number, Number>, None> set_head_;
  KeptQuery<std::tuple<Number, Number, Text, Number, Text, Number>, None> announce_;
  KeptQuery<std::tuple<Text, Number, Text>, None> remove_;
  KeptQuery<std::tuple<Text, Number, Text>, std::tuple<Number, Number>> entries_of_;
  KeptQuery<None, std::tuple<Text, Number, Text, Number, Text>> outbox_;
  KeptQuery<std::tuple<Text>, None> take_from_outbox_;
  KeptQuery<std::tuple<Number, Number, Number>, std::tuple<Number, Text, Number, Text, Number>> read_;
  KeptQuery<std::tuple<Text, Number>, std::tuple<Number>> cursor_;
  KeptQuery<std::tuple<Text, Number, Number>, None> set_cursor_;
};

}  // namespace cardea::store
