#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "replicate/digest.h"
#include "replicate/inquirer.h"
#include "replicate/intake.h"

namespace cardea::replicate {

// What a comparison of one kind with one peer has found.
struct Compared {
  store::Kind kind{};
  std::uint64_t rows = 0;         // that count here
  std::uint64_t differences = 0;  // rows that the peer has and that did not stand here so, at first glance
  std::uint64_t repairs = 0;      // those that the feed had not brought although it was applied: expected 0
  std::uint64_t refused = 0;      // those that could not be taken
};

// Compares this cell with a peer, whatever the feed says, and takes what is missing here (REPLICATION.md §2.15). What
// the peer is missing it finds by itself. One executor.
class AntiEntropy {
 public:
  struct Pace {
    std::uint32_t portion = 20'000;  // rows that are looked at between two rests
    unsigned rest = 0;               // as long as the work took, so many times
    base::Duration settle{30'000};   // for the feed to bring what a difference may be due to
  };

  // `follower`: as for an Applier. `stop`: it ends soon when that is set. All must outlive it.
  AntiEntropy(const Cell& cell, model::CellNumber peer, std::string follower, Inquirer& inquirer, Pace pace,
              const bool& stop);

  // unavailable: it did not come to an end; the next one will see.
  base::awaitable<base::Result<Compared>> compare(store::Kind kind);

 private:
  struct Seen {
    std::uint64_t version = 0;
    bool old_tombstone = false;
  };
  using Rows = std::map<std::pair<std::string, std::string>, Seen>;  // by tenant and id
  using Keys = std::vector<std::pair<std::string, std::string>>;

  base::awaitable<base::Result<Buckets>> compare_sums(const Comparison& comparison, Compared& out);
  base::awaitable<base::Result<bool>> add_theirs(const Comparison& comparison, ScanPlace& place, Digest& to);
  base::awaitable<base::Result<bool>> add_ours(const Comparison& comparison, ScanPlace& place, Digest& to);
  base::awaitable<base::Result<Rows>> list_theirs(const Comparison& comparison, const Buckets& buckets);
  base::awaitable<base::Result<Rows>> list_ours(const Comparison& comparison, const Buckets& buckets);
  base::awaitable<base::Result<void>> repair(const Comparison& comparison, const Buckets& buckets, Compared& out);
  base::awaitable<base::Result<void>> take(store::Kind kind, std::span<const Keys::value_type> keys, Compared& out);
  base::awaitable<base::Result<void>> wait_for(std::uint64_t hot, std::uint64_t bulk);
  base::awaitable<void> rest(std::chrono::nanoseconds since);

  const Cell& cell_;
  const model::CellNumber peer_;
  const std::string follower_;
  Inquirer& inquirer_;
  const Pace pace_;
  const bool& stop_;
  Intake intake_;
  const std::shared_ptr<store::Alarm> pause_;
};

}  // namespace cardea::replicate
